"""CompleteMultipartUpload: one object of the parts that were uploaded."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from ionstack.errors import S3Error
from ionstack.objectstorage import checksums, conditions, headers, objects, records, xml
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.blobs.bodies import Stored
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.conditions import Condition
from ionstack.objectstorage.digests import etag_of_parts
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.objects import New
from ionstack.objectstorage.operations import multipart
from ionstack.objectstorage.operations.multipart import MOST_PARTS
from ionstack.objectstorage.operations.put import told_of
from ionstack.objectstorage.records import Blob, Head, Part, Upload
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Tx

LEAST_PART = 5 * 1024 * 1024
MOST_OBJECT = 5 * 1024**4


@dataclass(frozen=True, slots=True)
class _Listed:
    """A part as the client lists it."""

    number: int
    etag: str
    sums: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Done:
    """What an upload became: ETag and version, and what is told of its checksum and encryption. `new` is None for one
    that was complete before; `dropped` are blobs that no row names any more."""

    etag: str
    version: str
    extra: Mapping[str, Any]
    new: New | None = None
    dropped: Sequence[Blob] = ()


async def complete(storage: Storage, call: Call) -> Answer:
    """Make an object of the parts. Asked for again it answers as it did."""
    decide.require(call, "s3:PutObject", call.key)
    upload = await multipart.found(storage, call)
    keys.same_for_parts(upload.draft.head, call.headers, storage.wrapping)
    listed = _listed(await call.body.whole())
    condition = conditions.for_writing(call.headers)
    done = await storage.store.write(lambda tx: _complete(tx, call, upload, listed, condition))
    await storage.blobs.drop(done.dropped)
    told = headers.encryption(Head({}, {}, done.extra)) | await told_of(storage, call, done.new, done.version)
    return Answer(200, _document(call, done), told)


async def _complete(
    tx: Tx, call: Call, upload: Upload, listed: Sequence[_Listed], condition: Condition | None
) -> _Done:
    """Turn the parts into a version, unless that was done."""
    record = await tx.one(SQL.upload_lock, id=upload.id, bucket=call.place.ordinal, key=call.raw_key)
    if record is None:
        raise S3Error("NoSuchUpload", UploadId=upload.id)
    before = records.upload(record).done
    if before:
        return _Done(*orjson.loads(before))
    rows = await tx.all(SQL.parts, upload=upload.id, after=0, most=MOST_PARTS)
    parts = {row[0]: records.part(row) for row in rows}
    chosen = _chosen(listed, parts)
    new = _assembled(call, upload, chosen, listed)
    written = await objects.put(tx, call.place, call.raw_key, new, call.now, condition)
    extra = {name: value for name, value in new.draft.head.extra.items() if name in ("checksum", "sse")}
    await objects.drop_parts(tx, call.place, upload.id)
    kept = orjson.dumps([new.etag, written.version, extra]).decode()
    await tx.run(SQL.upload_done, id=upload.id, done=kept)
    used = {part.number for part in chosen}
    unused = [blob for part in parts.values() if part.number not in used for blob in part.blobs]
    return _Done(new.etag, written.version, extra, new, [*written.dropped, *unused])


def _document(call: Call, done: _Done) -> bytes:
    scheme = "https" if call.secure else "http"
    path = headers.url_encoded(f"{call.bucket}/{call.key}")
    told = {
        "Location": f"{scheme}://{call.host}/{path}", "Bucket": call.bucket, "Key": call.key, "ETag": f'"{done.etag}"',
    }  # fmt: skip
    if "checksum" in done.extra:
        name, value, kind = done.extra["checksum"]
        told |= {f"Checksum{name}": value, "ChecksumType": kind}
    return xml.write("CompleteMultipartUploadResult", xml.tags(told))


def _listed(data: bytes) -> Sequence[_Listed]:
    root = xml.read(data, "CompleteMultipartUpload")
    listed = []
    for node in root.all("Part"):
        number = node.number("PartNumber")
        if number is None:
            raise root.wrong("A part has no number")
        sums = {name: text for name in checksums.ALGORITHMS if (text := node.get(f"Checksum{name}"))}
        listed.append(_Listed(number, node.one("ETag").text.strip().strip('"'), sums))
    if not listed:
        raise root.wrong("You must specify at least one part")
    if len(listed) > MOST_PARTS:
        raise root.wrong(f"There are at most {MOST_PARTS} parts")
    if any(one.number > two.number for one, two in itertools.pairwise(listed)):
        raise S3Error("InvalidPartOrder")
    return list({one.number: one for one in listed}.values())


def _chosen(listed: Sequence[_Listed], parts: Mapping[int, Part]) -> Sequence[Part]:
    chosen = []
    for one in listed:
        part = parts.get(one.number)
        if part is None or part.etag != one.etag:
            raise S3Error("InvalidPart", PartNumber=str(one.number))
        chosen.append(part)
    for part in chosen[:-1]:
        if part.size < LEAST_PART:
            raise S3Error("EntityTooSmall", PartNumber=str(part.number), ProposedSize=str(part.size))
    if sum(part.size for part in chosen) > MOST_OBJECT:
        raise S3Error("EntityTooLarge")
    return chosen


def _assembled(call: Call, upload: Upload, parts: Sequence[Part], listed: Sequence[_Listed]) -> New:
    """The object that the parts make."""
    head = upload.draft.head
    extra = {name: value for name, value in head.extra.items() if name != "wanted"}
    extra["parts"] = [part.size for part in parts]
    wanted = head.extra.get("wanted")
    if wanted:
        name, kind = wanted
        for one, part in zip(listed, parts, strict=True):
            if one.sums.get(name, part.checksum) != part.checksum:
                raise S3Error("InvalidPart", PartNumber=str(part.number))
        sums = [part.checksum for part in parts]
        if kind == checksums.COMPOSITE:
            value = checksums.composite(name, sums)
        else:
            value = checksums.combined(name, [(part.checksum, part.size) for part in parts])
        given = call.headers.get(f"x-amz-checksum-{name.lower()}")
        if given is not None and given.partition("-")[0] != value.partition("-")[0]:
            raise S3Error("BadDigest", f"The {name} you specified did not match the calculated checksum.")
        extra |= {"checksum": [name, value, kind], "sums": sums}
    blobs = [blob for part in parts for blob in part.blobs]
    size = sum(part.size for part in parts)
    promised = call.headers.get("x-amz-mp-object-size")
    if promised is not None and promised != str(size):
        raise S3Error("InvalidRequest", "The object is not as large as x-amz-mp-object-size says")
    draft = replace(upload.draft, head=Head(head.system, head.user, extra))
    etag = etag_of_parts([bytes.fromhex(part.etag) for part in parts])
    return New(Stored(None, blobs, size), etag, draft, (upload.owner, upload.owner_name))
