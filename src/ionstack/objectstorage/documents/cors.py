"""CORSConfiguration: which pages of other origins may call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ionstack.errors import S3Error
from ionstack.objectstorage import xml

NAME = "cors"
METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
MOST_RULES = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; the ID is a number where the client gives none."""

    id: str
    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str]
    exposed: Sequence[str]
    max_age: int | None


def read(data: bytes) -> Sequence[Rule]:
    """The rules of the document. Raises S3Error."""
    root = xml.read(data, "CORSConfiguration")
    listed = root.all("CORSRule")
    if not listed or len(listed) > MOST_RULES:
        raise root.wrong("There must be 1 to 100 rules")
    return [_rule(node, number) for number, node in enumerate(listed, 1)]


def _rule(node: xml.Node, number: int) -> Rule:
    origins, methods, headers, exposed = (
        [one.text for one in node.all(name)]
        for name in ("AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader")
    )
    if not origins or not methods:
        raise node.wrong("A rule needs an origin and a method")
    for method in methods:
        if method not in METHODS:
            raise S3Error(
                "InvalidRequest",
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}",
            )
    if any(text.count("*") > 1 for text in (*origins, *headers)):
        raise S3Error("InvalidRequest", "A wildcard may stand but once")
    return Rule(
        node.get("ID") or str(number), origins, methods, headers, exposed, node.number("MaxAgeSeconds")
    )


def write(rules: Sequence[Rule]) -> bytes:
    """The document."""
    return xml.write("CORSConfiguration", xml.each(rules, _written))


def _written(rule: Rule) -> str:
    many = (("AllowedMethod", rule.methods), ("AllowedOrigin", rule.origins), ("AllowedHeader", rule.headers),
            ("ExposeHeader", rule.exposed))  # fmt: skip
    inner = "".join(xml.tag(name, text) for name, texts in many for text in texts)
    age = "" if rule.max_age is None else xml.tag("MaxAgeSeconds", rule.max_age)
    return xml.around("CORSRule", xml.tag("ID", rule.id) + inner + age)


@lru_cache(maxsize=256)
def parsed(text: str) -> Sequence[Rule]:
    """The rules of a stored document."""
    return read(text.encode())
