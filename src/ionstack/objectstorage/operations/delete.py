"""DeleteObject and DeleteObjects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ionstack.errors import S3Error
from ionstack.objectstorage import conditions, instants, names, objects, xml
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.codes import CODES
from ionstack.objectstorage.conditions import Condition
from ionstack.objectstorage.objects import Deleted
from ionstack.objectstorage.storage import Storage
from ionstack.store.port import Tx

MOST = 1000
BYPASS = "x-amz-bypass-governance-retention"


@dataclass(frozen=True, slots=True)
class One:
    """What is to be deleted."""

    key: str
    version: str | None
    condition: Condition | None


async def delete_object(storage: Storage, call: Call) -> Answer:
    """Delete an object, or one version for good."""
    condition = conditions.for_deleting(
        call.headers.get("if-match"),
        instants.of_http(call.headers.get("x-amz-if-match-last-modified-time", "")),
        _size(call.headers.get("x-amz-if-match-size")),
    )
    one = One(call.key, call.query.get("versionId") or None, condition)
    _prove(call, one)
    deleted = await storage.store.write(
        _work(call, one, bypass=_bypass(call, one.key)), brief=True, cached=False
    )
    if deleted.dropped:
        await storage.blobs.drop(deleted.dropped)
    found = {}
    if deleted.version and call.place.versioning:
        found["x-amz-version-id"] = deleted.version
    if deleted.marker:
        found["x-amz-delete-marker"] = "true"
    return Answer(204, b"", found)


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise S3Error("InvalidArgument", "x-amz-if-match-size is no size")
    return int(text)


def _prove(call: Call, one: One) -> None:
    decide.require(call, "s3:DeleteObject" if one.version is None else "s3:DeleteObjectVersion", one.key)


def _bypass(call: Call, key: str) -> bool:
    """Whether a retention in governance mode does not count."""
    asked = call.headers.get(BYPASS, "").lower() == "true"
    return asked and decide.allowed(call, "s3:BypassGovernanceRetention", key)


def _work(call: Call, one: One, *, bypass: bool) -> Callable[[Tx], Awaitable[Deleted]]:
    async def work(tx: Tx) -> Deleted:
        return await _delete(tx, call, one, bypass=bypass)

    return work


async def _delete(tx: Tx, call: Call, one: One, *, bypass: bool) -> Deleted:
    bucket, key = call.place, one.key.encode("utf-8", "surrogateescape")
    owner = (call.caller.canonical or bucket.owner, call.caller.name or bucket.owner_name)
    if one.version is None:
        return await objects.delete(tx, bucket, key, owner, call.now, one.condition)
    return await objects.delete_version(tx, bucket, key, one.version, call.now, one.condition, bypass=bypass)


async def delete_many(storage: Storage, call: Call) -> Answer:
    """Delete up to a thousand objects; each has an outcome of its own."""
    root = xml.read(await call.body.whole(), "Delete")
    quiet = (root.get("Quiet") or "").strip().lower() == "true"
    listed = root.all("Object")
    if not listed or len(listed) > MOST:
        raise root.wrong(f"There must be 1 to {MOST} objects")
    wanted = [_one(node) for node in listed]
    outcomes: list[tuple[One, Deleted | S3Error]] = []

    async def work(tx: Tx) -> list[tuple[One, Deleted | S3Error]]:
        done: list[tuple[One, Deleted | S3Error]] = []
        for one in wanted:
            try:
                names.prove_key(one.key)
                _prove(call, one)
                done.append((one, await _delete(tx, call, one, bypass=_bypass(call, one.key))))
            except S3Error as failed:
                done.append((one, failed))
        return done

    outcomes = await storage.store.write(work)
    await storage.blobs.drop(
        [blob for _, did in outcomes if isinstance(did, Deleted) for blob in did.dropped]
    )
    return Answer(200, xml.write("DeleteResult", *_written(outcomes, call, quiet=quiet)))


def _one(node: xml.Node) -> One:
    key = node.one("Key").text
    if not key:
        raise node.wrong("The key is empty")
    modified, size = node.get("LastModifiedTime"), node.number("Size")
    at = (instants.of_http(modified) or instants.of_iso(modified)) if modified else None
    return One(key, node.get("VersionId") or None, conditions.for_deleting(node.get("ETag"), at, size))


def _written(outcomes: Sequence[tuple[One, Deleted | S3Error]], call: Call, *, quiet: bool) -> list[str]:
    lines = []
    for one, did in outcomes:
        named = xml.tag("Key", one.key) + xml.optional("VersionId", one.version)
        if isinstance(did, S3Error):
            message = did.message or CODES[did.code].message
            lines.append(xml.around("Error", named + xml.tags({"Code": did.code, "Message": message})))
        elif not quiet:
            marked = ""
            if did.marker and call.place.versioning:
                marked = xml.tags({"DeleteMarker": "true", "DeleteMarkerVersionId": did.version})
            lines.append(xml.around("Deleted", named + marked))
    return lines
