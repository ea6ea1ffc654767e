"""ListMultipartUploads and ListParts."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ionstack.errors import S3Error
from ionstack.objectstorage import instants, records, xml
from ionstack.objectstorage.access import acl, decide
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.operations import listing, multipart
from ionstack.objectstorage.operations.listing import Asked, Page
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Record, Tx

MOST = 1000


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit():
        raise S3Error("InvalidArgument", f"{name} must be a whole number")
    return int(text[:9])


async def list_uploads(storage: Storage, call: Call) -> Answer:
    """The uploads of a bucket that are under way, by key and age."""
    shared, bucket = listing.asked(call), call.place
    most = min(_number(call, "max-uploads", MOST), MOST)
    wanted = Asked(shared.prefix, shared.delimiter, most, shared.written, shared.encoding)
    marker, id = (call.query.get("key-marker") or "").encode(), call.query.get("upload-id-marker") or ""

    async def work(tx: Tx) -> Page:
        async def batches(start: bytes, stop: bytes | None, count: int) -> AsyncIterator[Record]:
            after = id if start == marker else ""
            rows = await tx.all(
                SQL.uploads, bucket=bucket.ordinal, start=start, after=after, most=max(count, 1)
            )
            for row in rows:
                if stop is not None and bytes(row[1]) >= stop:
                    return
                yield (row[1], None, row[0], *row[2:])

        start = marker if id and marker else marker + b"\0" if marker else b""
        return await listing.page(wanted, start, batches)

    found = await storage.store.read(work)
    written = wanted.written
    body = (
        f"<Bucket>{bucket.name}</Bucket><KeyMarker>{written(marker)}</KeyMarker>"
        f"<UploadIdMarker>{xml.escape(id)}</UploadIdMarker><Prefix>{written(wanted.prefix)}</Prefix>"
        f"<MaxUploads>{most}</MaxUploads>"
        f"<IsTruncated>{'false' if found.last is None else 'true'}</IsTruncated>"
    )
    if found.last is not None:
        body += f"<NextKeyMarker>{written(found.last)}</NextKeyMarker>"
        body += xml.tag("NextUploadIdMarker", found.last_version)
    for key, _, upload, started, owner, name, draft in found.rows:
        kept = records.draft(draft).head.extra.get("wanted")
        sums = xml.tags({"ChecksumAlgorithm": kept[0], "ChecksumType": kept[1]}) if kept else ""
        body += (
            f"<Upload><Key>{written(bytes(key))}</Key><UploadId>{upload}</UploadId>"
            f"{acl.owner_xml(owner, name, 'Initiator')}{acl.owner_xml(owner, name)}<StorageClass>STANDARD</StorageClass>"
            f"<Initiated>{instants.iso(started)}</Initiated>{sums}</Upload>"
        )
    for prefix in found.prefixes:
        body += f"<CommonPrefixes><Prefix>{written(prefix)}</Prefix></CommonPrefixes>"
    return Answer(200, xml.write("ListMultipartUploadsResult", body))


async def list_parts(storage: Storage, call: Call) -> Answer:
    """The parts of an upload that are there."""
    decide.require(call, "s3:ListMultipartUploadParts", call.key)
    upload = await multipart.under_way(storage, call)
    after, most = _number(call, "part-number-marker", 0), min(_number(call, "max-parts", MOST), MOST)

    rows = await storage.rows(SQL.parts, upload=upload.id, after=after, most=most + 1)
    parts = [records.part(row) for row in rows[:most]]
    kept = upload.draft.head.extra.get("wanted")
    body = xml.tags({"Bucket": call.bucket, "Key": call.key, "UploadId": upload.id})
    body += acl.owner_xml(upload.owner, upload.owner_name, "Initiator") + acl.owner_xml(
        upload.owner, upload.owner_name
    )
    body += xml.tags({"StorageClass": "STANDARD", "PartNumberMarker": after})
    if parts:
        body += xml.tag("NextPartNumberMarker", parts[-1].number)
    body += xml.tags({"MaxParts": most, "IsTruncated": "true" if len(rows) > most else "false"})
    if kept:
        body += xml.tags({"ChecksumAlgorithm": kept[0], "ChecksumType": kept[1]})
    for part in parts:
        inner = {"PartNumber": part.number, "LastModified": instants.iso(part.modified), "ETag": f'"{part.etag}"',
                 "Size": part.size}  # fmt: skip
        if kept and part.checksum:
            inner[f"Checksum{kept[0]}"] = part.checksum
        body += xml.around("Part", xml.tags(inner))
    return Answer(200, xml.write("ListPartsResult", body))
