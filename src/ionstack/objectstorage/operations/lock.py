"""Object lock: a bucket's configuration, a version's retention and legal hold."""

from __future__ import annotations

from ionstack.errors import S3Error
from ionstack.objectstorage import objects
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.documents import lock
from ionstack.objectstorage.operations import bucket, configs, delete, get
from ionstack.objectstorage.records import ENABLED, Version
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Tx


async def get_configuration(storage: Storage, call: Call) -> Answer:
    """The bucket's configuration."""
    if not call.place.locked:
        raise S3Error("ObjectLockConfigurationNotFoundError")
    text = call.place.configs.get(lock.NAME)
    if text is None:
        text = (
            '<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            "<ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
        )
    return Answer(200, text.encode())


async def put_configuration(storage: Storage, call: Call) -> Answer:
    """Set the bucket's default retention. Where versioning is on, object lock may begin with it."""
    text = lock.read_configuration(await call.body.whole())
    if not call.place.locked:
        if call.place.versioning != ENABLED:
            raise S3Error(
                "InvalidBucketState", "Object Lock configuration cannot be enabled on existing buckets"
            )
        await bucket.set_versioning(storage, call.place, ENABLED, locked=True)
    await configs.store(storage, call.place, lock.NAME, text)
    return Answer(200)


async def _version(storage: Storage, call: Call, action: str) -> Version:
    version = await get.readable(storage, call, action)
    if not call.place.locked:
        raise S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration")
    return version


async def get_retention(storage: Storage, call: Call) -> Answer:
    """The retention of a version."""
    version = await _version(storage, call, "s3:GetObjectRetention")
    if not version.lock_mode:
        raise S3Error("NoSuchObjectLockConfiguration")
    return Answer(200, lock.write_retention(version))


async def put_retention(storage: Storage, call: Call) -> Answer:
    """Set the retention of a version; less than was promised takes a bypass of governance mode."""
    version = await _version(storage, call, "s3:PutObjectRetention")
    asked = lock.read_retention(await call.body.whole(), call.now)
    bypass = call.headers.get(delete.BYPASS, "").lower() == "true"
    bypass = bypass and decide.allowed(call, "s3:BypassGovernanceRetention", call.key, version)

    async def work(tx: Tx) -> None:
        current = await _again(tx, call, version)
        lock.prove_change(current, asked, call.now, bypass=bypass)
        await tx.run(
            SQL.version_lock, bucket=call.place.ordinal, key=version.key, place=version.place, mode=asked.mode,
            until=asked.until,
        )  # fmt: skip

    await storage.store.write(work)
    return Answer(200)


async def get_hold(storage: Storage, call: Call) -> Answer:
    """The legal hold of a version."""
    version = await _version(storage, call, "s3:GetObjectLegalHold")
    return Answer(200, lock.write_hold(hold=version.hold))


async def put_hold(storage: Storage, call: Call) -> Answer:
    """Set the legal hold of a version."""
    version = await _version(storage, call, "s3:PutObjectLegalHold")
    hold = lock.read_hold(await call.body.whole())

    async def work(tx: Tx) -> None:
        await _again(tx, call, version)
        await tx.run(
            SQL.version_hold, bucket=call.place.ordinal, key=version.key, place=version.place, hold=hold
        )

    await storage.store.write(work)
    return Answer(200)


async def _again(tx: Tx, call: Call, version: Version) -> Version:
    """The version as it is now, with its key held. Raises S3Error if it is gone."""
    await objects.hold(tx, call.place, version.key)
    found = await objects.find(tx, call.place, version.key, version.version)
    if found is None:
        raise S3Error("NoSuchKey")
    return found
