"""Multipart uploads: begin, upload a part, complete, abort."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ionstack.errors import S3Error
from ionstack.objectstorage import checksums, conditions, headers, objects, records, usage, xml
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.blobs.bodies import Stored
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.digests import etag_of_parts
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.objects import New
from ionstack.objectstorage.operations.put import MOST_BYTES, drafted, owner_of, told_of
from ionstack.objectstorage.records import Blob, Draft, Head, Part, Upload
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.objectstorage.usage import Change
from ionstack.store.port import Tx

MOST_PARTS = 10_000
LEAST_PART = 5 * 1024 * 1024
MOST_OBJECT = 5 * 1024**4


async def create(storage: Storage, call: Call) -> Answer:
    """Begin an upload."""
    bucket = call.place
    tags = headers.tags_of(call.headers)
    decide.require(call, "s3:PutObject", call.key, adds={"request tags": tags})
    _, extra = keys.for_writing(call.headers, bucket, storage.wrapping)
    told = {}
    name = call.headers.get("x-amz-checksum-algorithm")
    if name is not None:
        name = checksums.algorithm(name)
        kind = checksums.type_of(name, call.headers.get("x-amz-checksum-type"))
        extra["wanted"] = [name, kind]
        told = {"x-amz-checksum-algorithm": name, "x-amz-checksum-type": kind}
    draft = await drafted(storage, call, headers.head_of(call.headers, extra), tags)
    id, owner = secrets.token_hex(24), owner_of(call, bucket)

    async def work(tx: Tx) -> None:
        if await tx.one(SQL.bucket_lock, bucket=bucket.ordinal) is None:
            raise S3Error("NoSuchBucket", BucketName=bucket.name)
        await tx.run(
            SQL.upload_add, id=id, bucket=bucket.ordinal, key=call.raw_key, started=call.now, owner=owner[0],
            owner_name=owner[1], draft=draft.text(),
        )  # fmt: skip

    await storage.store.write(work)
    body = xml.tags({"Bucket": bucket.name, "Key": call.key, "UploadId": id})
    return Answer(
        200, xml.write("InitiateMultipartUploadResult", body), {**told, **headers.encryption(draft.head)}
    )


async def found(storage: Storage, call: Call) -> Upload:
    """The upload that a call names. Raises S3Error (NoSuchUpload) if it is not under way."""
    id = call.query.get("uploadId") or ""
    record = await storage.store.read(
        lambda tx: tx.one(SQL.upload, id=id, bucket=call.place.ordinal, key=call.raw_key)
    )
    if record is None:
        raise S3Error("NoSuchUpload", UploadId=id)
    return records.upload(record)


def number_of(call: Call) -> int:
    """The part number. Raises S3Error."""
    text = call.query.get("partNumber") or ""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_PARTS:
        raise S3Error(
            "InvalidArgument", f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        )
    return int(text)


async def upload_part(storage: Storage, call: Call) -> Answer:
    """Take in a part."""
    number = number_of(call)
    decide.require(call, "s3:PutObject", call.key)
    upload = await under_way(storage, call)
    if call.body.length is None:
        raise S3Error("MissingContentLength")
    head = upload.draft.head
    cipher = keys.same_for_parts(head, call.headers, storage.wrapping)
    wanted = head.extra.get("wanted")
    if wanted:
        if call.body.algorithm and call.body.algorithm != wanted[0]:
            raise S3Error(
                "InvalidRequest",
                f"Checksum Type mismatch occurred, expected checksum Type: {wanted[0].lower()}",
            )
        call.body.also(wanted[0])
    stored = await storage.blobs.take(call.body, cipher, most=MOST_BYTES[call.place.kind], inline=False)
    part = Part(number, call.body.md5, stored.size, call.now, call.body.checksum, stored.parts)
    await put_part(storage, call, part)
    told = {"ETag": f'"{part.etag}"', **headers.encryption(head)}
    if part.checksum:
        told[f"x-amz-checksum-{call.body.algorithm.lower()}"] = part.checksum
    return Answer(200, b"", told)


async def under_way(storage: Storage, call: Call) -> Upload:
    """The upload that a call names, if it is not complete. Raises S3Error (NoSuchUpload)."""
    upload = await found(storage, call)
    if upload.done:
        raise S3Error("NoSuchUpload", UploadId=upload.id)
    return upload


async def put_part(storage: Storage, call: Call, part: Part) -> None:
    """Commit a part in place of the one that had its number."""
    id = call.query.get("uploadId") or ""

    async def work(tx: Tx) -> Sequence[Blob]:
        record = await tx.one(SQL.upload_lock, id=id, bucket=call.place.ordinal, key=call.raw_key)
        if record is None or records.upload(record).done:
            raise S3Error("NoSuchUpload", UploadId=id)
        dropped = await tx.all(SQL.part_drop, upload=id, number=part.number)
        await tx.run(
            SQL.part_put, upload=id, number=part.number, etag=part.etag, size=part.size, modified=part.modified,
            checksum=part.checksum, blobs=records.blobs_text(part.blobs),
        )  # fmt: skip
        await usage.count(tx, call.place.ordinal, Change(size=part.size - sum(row[1] for row in dropped)))
        contract = call.place.contract
        await usage.prove(tx, contract, await usage.quota_of(tx, contract))
        return [blob for row in dropped for blob in records.blobs(row[0])]

    await storage.blobs.drop(await storage.naming(part.blobs, work))


@dataclass(frozen=True, slots=True)
class _Listed:
    """A part as the client lists it."""

    number: int
    etag: str
    sums: Mapping[str, str]


async def complete(storage: Storage, call: Call) -> Answer:
    """Make an object of the parts. Asked for again it answers as it did."""
    decide.require(call, "s3:PutObject", call.key)
    upload = await found(storage, call)
    keys.same_for_parts(upload.draft.head, call.headers, storage.wrapping)
    listed = _listed(await call.body.whole())
    condition = conditions.for_writing(call.headers)

    async def work(tx: Tx) -> tuple[str, str, Sequence[Blob], Mapping[str, Any], New | None]:
        record = await tx.one(SQL.upload_lock, id=upload.id, bucket=call.place.ordinal, key=call.raw_key)
        if record is None:
            raise S3Error("NoSuchUpload", UploadId=upload.id)
        done = records.upload(record).done
        if done:
            etag, version, extra = orjson.loads(done)
            return etag, version, [], extra, None
        rows = await tx.all(SQL.parts, upload=upload.id, after=0, most=MOST_PARTS)
        parts = {row[0]: records.part(row) for row in rows}
        chosen = _chosen(listed, parts)
        new = _assembled(call, upload, chosen, listed)
        written = await objects.put(tx, call.place, call.raw_key, new, call.now, condition)
        extra = {name: value for name, value in new.draft.head.extra.items() if name in ("checksum", "sse")}
        kept = orjson.dumps([new.etag, written.version, extra]).decode()
        await objects.drop_parts(tx, call.place, upload.id)
        await tx.run(SQL.upload_done, id=upload.id, done=kept)
        used = {part.number for part in chosen}
        unused = [blob for part in parts.values() if part.number not in used for blob in part.blobs]
        return new.etag, written.version, [*written.dropped, *unused], extra, new

    etag, version, dropped, extra, new = await storage.store.write(work)
    await storage.blobs.drop(dropped)
    told = headers.encryption(Head({}, {}, extra)) | await told_of(storage, call, new, version)
    body = xml.tags({
        "Location": f"{'https' if call.secure else 'http'}://{call.host}/{headers.url_encoded(f'{call.bucket}/{call.key}')}",
        "Bucket": call.bucket, "Key": call.key, "ETag": f'"{etag}"',
    })  # fmt: skip
    if "checksum" in extra:
        body += xml.tags(
            {f"Checksum{extra['checksum'][0]}": extra["checksum"][1], "ChecksumType": extra["checksum"][2]}
        )
    return Answer(200, xml.write("CompleteMultipartUploadResult", body), told)


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
    asked = upload.draft
    draft = Draft(
        Head(head.system, head.user, extra),
        asked.acl,
        asked.tags,
        asked.lock_mode,
        asked.lock_until,
        asked.hold,
    )
    return New(
        Stored(None, blobs, size),
        etag_of_parts([bytes.fromhex(part.etag) for part in parts]),
        draft,
        (upload.owner, upload.owner_name),
    )


async def abort(storage: Storage, call: Call) -> Answer:
    """Give an upload up; its parts are removed."""
    decide.require(call, "s3:AbortMultipartUpload", call.key)
    upload = await under_way(storage, call)

    async def work(tx: Tx) -> Sequence[Blob]:
        if await tx.one(SQL.upload_lock, id=upload.id, bucket=call.place.ordinal, key=call.raw_key) is None:
            raise S3Error("NoSuchUpload", UploadId=upload.id)
        return await objects.drop_upload(tx, call.place, upload.id)

    await storage.blobs.drop(await storage.store.write(work))
    return Answer(204)
