"""The documents of a bucket: each is read when it is set, kept as text, and shown as it was kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ionstack.errors import S3Error
from ionstack.objectstorage import accesslog, records, tags, xml
from ionstack.objectstorage.access import acl, policy
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.documents import cors, lifecycle, ownership, public_access, settings
from ionstack.objectstorage.records import Bucket
from ionstack.objectstorage.replication import run as replication
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.objectstorage.wake import Wake
from ionstack.store.port import Tx

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Config:
    """A kind of document. `read` normalises what is sent, `show` writes what is kept, `absent` is the error
    code of a bucket without one, `empty` what is shown then instead, `noun` how policies call it, `prove` holds a
    normalised document to the bucket and to other buckets, `wakes` is the background work that follows it."""

    name: str
    operation: str
    noun: str
    read: Callable[[bytes], str]
    absent: str
    show: Callable[[str], bytes] = str.encode
    empty: bytes = b""
    removable: bool = True
    prove: Callable[[Storage, Bucket, str], Awaitable[None]] | None = None
    wakes: Callable[[Wake], asyncio.Event] | None = None

    def action(self, verb: str) -> str:
        """The action of a policy."""
        return f"s3:{'Put' if verb == 'Delete' else verb}{self.noun}"

    async def get(self, storage: Storage, call: Call) -> Answer:
        """Show the document."""
        text = call.place.configs.get(self.name)
        if text is None:
            if self.empty:
                return Answer(200, self.empty)
            raise S3Error(self.absent, BucketName=call.bucket)
        return Answer(200, self.show(text))

    async def put(self, storage: Storage, call: Call) -> Answer:
        """Set the document."""
        text = self.read(await call.body.whole())
        if self.prove is not None:
            await self.prove(storage, call.place, text)
        await store(storage, call.place, self.name, text or None)
        if self.wakes is not None:
            self.wakes(storage.wake).set()
        return Answer(200)

    async def delete(self, storage: Storage, call: Call) -> Answer:
        """Take the document away."""
        if self.name in call.place.configs:
            await store(storage, call.place, self.name, None)
        return Answer(204)


async def _prove_ownership(storage: Storage, bucket: Bucket, text: str) -> None:
    if text == ownership.ENFORCED and acl.is_public(bucket.acl):
        raise S3Error("InvalidBucketAclWithObjectOwnership")


def _tags(data: bytes) -> str:
    return tags.read(data, tags.MOST_OF_BUCKET)


CONFIGS = (
    Config("cors", "BucketCors", "BucketCORS", lambda data: cors.write(cors.read(data)).decode(),
           "NoSuchCORSConfiguration"),
    Config("encryption", "BucketEncryption", "EncryptionConfiguration", settings.encryption,
           "ServerSideEncryptionConfigurationNotFoundError"),
    Config("lifecycle", "BucketLifecycle", "LifecycleConfiguration", lifecycle.read, "NoSuchLifecycleConfiguration",
           wakes=lambda wake: wake.lifecycle),
    Config("tagging", "BucketTagging", "BucketTagging", _tags, "NoSuchTagSet", tags.write),
    Config("website", "BucketWebsite", "BucketWebsite", settings.website, "NoSuchWebsiteConfiguration"),
    Config("replication", "BucketReplication", "ReplicationConfiguration", settings.replication,
           "ReplicationConfigurationNotFoundError", prove=replication.prove),
    Config("logging", "BucketLogging", "BucketLogging", settings.logging, "", empty=xml.write("BucketLoggingStatus"),
           removable=False, prove=accesslog.prove),
    Config("publicAccessBlock", "PublicAccessBlock", "BucketPublicAccessBlock",
           lambda data: public_access.write(public_access.read(data)).decode(),
           "NoSuchPublicAccessBlockConfiguration"),
    Config("ownershipControls", "BucketOwnershipControls", "BucketOwnershipControls", ownership.read,
           "OwnershipControlsNotFoundError", ownership.write, prove=_prove_ownership),
)  # fmt: skip


async def store(storage: Storage, bucket: Bucket, name: str, text: str | None) -> None:
    """Keep a document of a bucket, or take it away."""

    async def work(tx: Tx) -> None:
        record = await tx.one(SQL.bucket_own, bucket=bucket.ordinal)
        if record is None:
            raise S3Error("NoSuchBucket", BucketName=bucket.name)
        configs = {**records.configs(record[3])}
        configs.pop(name, None)
        if text is not None:
            configs[name] = text
        await tx.run(SQL.bucket_configs, bucket=bucket.ordinal, configs=records.configs_text(configs))

    await storage.store.write(work)


async def get_policy(storage: Storage, call: Call) -> Answer:
    """The policy, as it was sent."""
    text = call.place.configs.get("policy")
    if text is None:
        raise S3Error("NoSuchBucketPolicy", BucketName=call.bucket)
    return Answer(200, text.encode(), {}, _JSON)


async def put_policy(storage: Storage, call: Call) -> Answer:
    """Set the policy."""
    try:
        text = (await call.body.whole()).decode("utf-8")
    except UnicodeDecodeError:
        raise S3Error("MalformedPolicy") from None
    parsed = policy.prove(text, call.bucket, call.place.kind)
    if parsed.public and public_access.of(call.place).block_policy:
        raise S3Error("AccessDenied")
    await store(storage, call.place, "policy", text)
    return Answer(204)


async def delete_policy(storage: Storage, call: Call) -> Answer:
    """Take the policy away."""
    await store(storage, call.place, "policy", None)
    return Answer(204)


async def policy_status(storage: Storage, call: Call) -> Answer:
    """Whether the bucket is open to everybody, by its policy or its ACL."""
    text, block = call.place.configs.get("policy"), public_access.of(call.place)
    public = text is not None and policy.parse(text).public and not block.restrict
    public = public or (acl.is_public(call.place.acl) and not block.ignore_acls)
    return Answer(200, xml.write("PolicyStatus", xml.tag("IsPublic", "true" if public else "false")))
