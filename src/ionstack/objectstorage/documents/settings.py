"""The lesser documents of a bucket: default encryption, website, replication, logging."""

from __future__ import annotations

from ionstack.errors import S3Error
from ionstack.objectstorage import xml

ENCRYPTION, WEBSITE, REPLICATION, LOGGING = "encryption", "website", "replication", "logging"
EVENT_TIME, DELIVERY_TIME = "EventTime", "DeliveryTime"
"""What the names of logs may be partitioned by."""


def encryption(data: bytes) -> str:
    """ServerSideEncryptionConfiguration. Raises S3Error for all but AES256."""
    root = xml.read(data, "ServerSideEncryptionConfiguration")
    rules = root.all("Rule")
    if len(rules) != 1:
        raise root.wrong("There must be one rule")
    default = rules[0].one("ApplyServerSideEncryptionByDefault")
    algorithm = default.one("SSEAlgorithm").text
    if algorithm != "AES256" or default.maybe("KMSMasterKeyID") is not None:
        raise S3Error("InvalidArgument", "The only algorithm is AES256: there is no key management service")
    return xml.document(root)


def website(data: bytes) -> str:
    """WebsiteConfiguration: pages, or a redirect of all. Raises S3Error."""
    root = xml.read(data, "WebsiteConfiguration")
    redirect, index = root.maybe("RedirectAllRequestsTo"), root.maybe("IndexDocument")
    if (redirect is None) == (index is None):
        raise S3Error(
            "InvalidArgument", "A website has either an index document or a redirect of all requests"
        )
    if redirect is not None:
        _prove_protocol(redirect)
        if not redirect.one("HostName").text or root.maybe("RoutingRules") or root.maybe("ErrorDocument"):
            raise S3Error("InvalidArgument", "A redirect of all requests stands alone, with a host name")
    if index is not None:
        suffix = index.one("Suffix").text
        if not suffix or "/" in suffix:
            raise S3Error(
                "InvalidArgument", "The suffix of the index document must be a name without a slash"
            )
    rules = root.maybe("RoutingRules")
    for rule in rules.all("RoutingRule") if rules else ():
        _prove_protocol(rule.one("Redirect"))
    return xml.document(root)


def _prove_protocol(node: xml.Node) -> None:
    if node.get("Protocol") not in (None, "http", "https"):
        raise S3Error("InvalidRequest", "Invalid protocol, protocol can be http or https.")


def replication(data: bytes) -> str:
    """ReplicationConfiguration. Raises S3Error."""
    root = xml.read(data, "ReplicationConfiguration")
    rules = root.all("Rule")
    if not rules:
        raise root.wrong("There must be a rule")
    for rule in rules:
        if rule.one("Status").text not in ("Enabled", "Disabled"):
            raise root.wrong("The status must be Enabled or Disabled")
        rule.one("Destination").one("Bucket")
    return xml.document(root)


def _prove_key_format(form: xml.Node) -> None:
    simple, partitioned = form.maybe("SimplePrefix"), form.maybe("PartitionedPrefix")
    if (simple is None) == (partitioned is None):
        raise form.wrong("The format is either a simple or a partitioned prefix")
    source = partitioned.get("PartitionDateSource") if partitioned else None
    if source not in (None, EVENT_TIME, DELIVERY_TIME):
        raise form.wrong("The source of the date is EventTime or DeliveryTime")


def logging(data: bytes) -> str:
    """BucketLoggingStatus; an empty one switches logging off. Raises S3Error."""
    root = xml.read(data, "BucketLoggingStatus")
    enabled = root.maybe("LoggingEnabled")
    if enabled is None:
        return ""
    if not enabled.one("TargetBucket").text:
        raise root.wrong("The target bucket is missing")
    enabled.one("TargetPrefix")
    form = enabled.maybe("TargetObjectKeyFormat")
    if form is not None:
        _prove_key_format(form)
    return xml.document(root)
