"""Buckets: making, finding, listing and removing them; their versioning."""

from __future__ import annotations

from ionstack.errors import Duplicate, S3Error
from ionstack.objectstorage import instants, names, records, usage, xml
from ionstack.objectstorage.access import acl
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.documents import ownership
from ionstack.objectstorage.records import CONTRACT, ENABLED, SUSPENDED, Bucket
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Tx

MOST = {"user": 500, "contract": 1000}
"""Buckets of one user, and of one contract."""


async def list_buckets(storage: Storage, call: Call) -> Answer:
    """The caller's own buckets, and those of their contract."""
    most = call.query.get("max-buckets")
    if most is not None and not (most.isascii() and most.isdigit() and 1 <= int(most) <= 10_000):
        raise S3Error("InvalidArgument", "max-buckets must be a number from 1 to 10000")
    prefix, region = call.query.get("prefix") or "", call.query.get("bucket-region") or ""
    after = call.query.get("continuation-token") or ""

    rows = await storage.rows(SQL.buckets, owner=call.caller.canonical, contract=call.caller.contract)
    found = sorted(
        (row for row in rows
         if row[0] > after and row[0].startswith(prefix) and region in ("", row[1])),
        key=lambda row: str(row[0]),
    )  # fmt: skip
    token = ""
    if most is not None and len(found) > int(most):
        found = found[: int(most)]
        token = str(found[-1][0])
    listed = xml.each(
        found,
        lambda row: xml.around(
            "Bucket", xml.tags({"Name": row[0], "CreationDate": instants.iso(row[2]), "BucketRegion": row[1]})
        ),
    )
    owner = acl.owner_xml(call.caller.canonical, call.caller.name)
    body = (
        owner
        + xml.around("Buckets", listed)
        + xml.optional("ContinuationToken", token)
        + xml.optional("Prefix", prefix)
    )
    return Answer(200, xml.write("ListAllMyBucketsResult", body))


async def create(storage: Storage, call: Call) -> Answer:
    """Make a bucket. One's own is made again without a change."""
    if call.caller.anonymous:
        raise S3Error("AccessDenied")
    region = names.region_for(_constraint(await call.body.whole()), call.region)
    kind = names.kind_of(region)
    names.prove_bucket(call.bucket, kind)
    caller = call.caller
    if kind == CONTRACT and not caller.administrator:
        raise S3Error("AccessDenied", "Only owners and administrators make buckets of a contract")
    owner = (caller.contract_owner if kind == CONTRACT else caller.canonical, caller.name)
    locked = call.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true"
    configs = {}
    rule = call.headers.get("x-amz-object-ownership")
    if rule is not None:
        if rule not in (ownership.ENFORCED, ownership.PREFERRED, ownership.WRITER):
            raise S3Error("InvalidArgument", "There is no such object ownership")
        configs[ownership.NAME] = rule
        if rule == ownership.ENFORCED and call.headers.get("x-amz-acl", "private") != "private":
            raise S3Error("InvalidBucketAclWithObjectOwnership")

    async def work(tx: Tx) -> bool:
        granted = await acl.of_headers(tx, call.headers, owner, owner)
        record = await tx.one(SQL.bucket, name=call.bucket)
        if record is not None:
            _prove_same(records.bucket(record), owner[0], granted, locked=locked)
            return False
        counted = await tx.one(SQL.bucket_count, kind=kind, owner=owner[0], contract=caller.contract)
        if counted is not None and counted[0] >= MOST[kind]:
            raise S3Error("TooManyBuckets")
        await tx.run(
            SQL.bucket_add, name=call.bucket, region=region, kind=kind, contract=caller.contract, owner=owner[0],
            owner_name=owner[1], created=call.now, versioning=ENABLED if locked else "", locked=locked, acl=granted,
            configs=records.configs_text(configs),
        )  # fmt: skip
        return True

    try:
        await storage.store.write(work)
    except Duplicate:
        raise S3Error("BucketAlreadyExists", BucketName=call.bucket) from None
    return Answer(200, b"", {"Location": f"/{call.bucket}"})


def _prove_same(bucket: Bucket, owner: str, granted: str, *, locked: bool) -> None:
    """Raises S3Error unless the bucket is the caller's own and asked for as it is."""
    if bucket.owner != owner:
        raise S3Error("BucketAlreadyExists", BucketName=bucket.name)
    if ((granted or bucket.acl) and granted != bucket.acl) or locked != bucket.locked:
        raise S3Error("BucketAlreadyExists", BucketName=bucket.name)


def _constraint(data: bytes) -> str:
    if not data:
        return ""
    return xml.read(data, "CreateBucketConfiguration").get("LocationConstraint") or ""


async def head(storage: Storage, call: Call) -> Answer:
    """Whether a bucket is there, and where."""
    found = {"x-amz-bucket-region": call.place.region}

    if call.query.get("read-stats") == "true":
        count, size = await storage.store.read(lambda tx: usage.of_bucket(tx, call.place.ordinal))
        found |= {"X-RGW-Object-Count": str(count), "X-RGW-Bytes-Used": str(size)}
    return Answer(200, b"", found)


async def location(storage: Storage, call: Call) -> Answer:
    """The region of a bucket."""
    body = f'<LocationConstraint xmlns="{xml.NAMESPACE}">{call.place.region}</LocationConstraint>'
    return Answer(200, f"{xml.HEADING}{body}".encode())


async def delete(storage: Storage, call: Call) -> Answer:
    """Remove an empty bucket, with the uploads that were never completed."""
    bucket = call.place.ordinal

    async def work(tx: Tx) -> list[records.Blob]:
        if await tx.one(SQL.bucket_own, bucket=bucket) is None:
            raise S3Error("NoSuchBucket", BucketName=call.bucket)
        if await tx.one(SQL.any_version, bucket=bucket) is not None:
            raise S3Error("BucketNotEmpty", BucketName=call.bucket)
        dropped = await tx.all(SQL.parts_drop_of_bucket, bucket=bucket)
        await tx.run(SQL.uploads_drop, bucket=bucket)
        await tx.run(SQL.replicas_drop_of_bucket, bucket=bucket)
        await tx.run(SQL.usage_drop, bucket=bucket)
        await tx.run(SQL.bucket_drop, bucket=bucket)
        return [blob for row in dropped for blob in records.blobs(row[0])]

    await storage.blobs.drop(await storage.store.write(work))
    return Answer(204)


async def get_versioning(storage: Storage, call: Call) -> Answer:
    """Whether versioning is on."""
    return Answer(200, xml.write("VersioningConfiguration", xml.optional("Status", call.place.versioning)))


async def put_versioning(storage: Storage, call: Call) -> Answer:
    """Switch versioning; object lock needs it."""
    root = xml.read(await call.body.whole(), "VersioningConfiguration")
    status = root.get("Status")
    if status not in (ENABLED, SUSPENDED):
        raise root.wrong("The status must be Enabled or Suspended")
    if root.get("MfaDelete") == "Enabled":
        raise S3Error("NotImplemented", "MFA delete is not offered")
    if call.place.locked and status == SUSPENDED:
        raise S3Error("InvalidBucketState", "An Object Lock configuration is present on this bucket, so the "
                                            "versioning state cannot be changed.")  # fmt: skip
    await set_versioning(storage, call.place, status, locked=call.place.locked)
    return Answer(200)


async def set_versioning(storage: Storage, bucket: Bucket, status: str, *, locked: bool) -> None:
    """Change versioning and object lock."""

    async def work(tx: Tx) -> None:
        await tx.one(SQL.bucket_own, bucket=bucket.ordinal)
        await tx.run(SQL.bucket_versioning, bucket=bucket.ordinal, versioning=status, locked=locked)

    await storage.store.write(work)
