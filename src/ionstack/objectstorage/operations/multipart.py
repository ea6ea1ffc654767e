"""Multipart uploads: begin, take in parts, give up. What makes an object of the parts is `completion`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ionstack.errors import S3Error
from ionstack.objectstorage import checksums, headers, objects, records, usage, xml
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.operations.put import MOST_BYTES, drafted, owner_of
from ionstack.objectstorage.records import Blob, Part, Upload
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.objectstorage.usage import Change
from ionstack.store.port import Tx

MOST_PARTS = 10_000


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
