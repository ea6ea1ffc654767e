"""ACLs of buckets and objects."""

from __future__ import annotations

from ionstack.errors import S3Error
from ionstack.objectstorage.access import acl
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.documents import ownership, public_access
from ionstack.objectstorage.operations import get
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Tx


async def get_bucket(storage: Storage, call: Call) -> Answer:
    """The ACL of a bucket."""
    bucket = call.place
    return Answer(200, acl.write(bucket.acl, bucket.owner, bucket.owner_name))


async def put_bucket(storage: Storage, call: Call) -> Answer:
    """Give a bucket an ACL."""
    bucket = call.place
    owner = (bucket.owner, bucket.owner_name)
    data = await call.body.whole()

    async def work(tx: Tx) -> None:
        granted = await _asked(tx, call, data, owner)
        await tx.one(SQL.bucket_own, bucket=bucket.ordinal)
        await tx.run(SQL.bucket_acl, bucket=bucket.ordinal, acl=granted)

    await storage.store.write(work)
    return Answer(200)


async def get_object(storage: Storage, call: Call) -> Answer:
    """The ACL of a version."""
    version = await get.readable(storage, call, "s3:GetObjectAcl")
    return Answer(200, acl.write(version.acl, version.owner, version.owner_name))


async def put_object(storage: Storage, call: Call) -> Answer:
    """Give a version an ACL."""
    version = await get.readable(storage, call, "s3:PutObjectAcl")
    data = await call.body.whole()

    async def work(tx: Tx) -> None:
        granted = await _asked(tx, call, data, (version.owner, version.owner_name))
        if not await tx.run(
            SQL.version_acl, bucket=call.place.ordinal, key=version.key, place=version.place, acl=granted
        ):
            raise S3Error("NoSuchKey")

    await storage.store.write(work)
    return Answer(200)


async def _asked(tx: Tx, call: Call, data: bytes, owner: tuple[str, str]) -> str:
    """The ACL that headers or body ask for. Raises S3Error for one that must not be."""
    bucket = call.place
    if ownership.enforced(bucket):
        raise S3Error("AccessControlListNotSupported")
    if acl.asks(call.headers):
        granted = await acl.of_headers(tx, call.headers, owner, (bucket.owner, bucket.owner_name))
    else:
        granted = await acl.of_body(tx, data, owner[0])
    if public_access.of(bucket).block_acls and acl.is_public(granted):
        raise S3Error("AccessDenied")
    return granted
