"""Tags of objects."""

from __future__ import annotations

from ionstack.errors import S3Error
from ionstack.objectstorage import tags
from ionstack.objectstorage.call import Answer, Call
from ionstack.objectstorage.operations import get
from ionstack.objectstorage.storage import SQL, Storage
from ionstack.store.port import Tx


async def get_object(storage: Storage, call: Call) -> Answer:
    """The tags of a version."""
    version = await get.readable(storage, call, "s3:GetObjectTagging")
    return Answer(200, tags.write(version.tags), _told(call, version.version))


async def put_object(storage: Storage, call: Call) -> Answer:
    """Give a version tags in place of those it had."""
    text = tags.read(await call.body.whole(), tags.MOST_OF_OBJECT)
    version = await _store(storage, call, text, "s3:PutObjectTagging")
    return Answer(200, b"", _told(call, version))


async def delete_object(storage: Storage, call: Call) -> Answer:
    """Take all tags from a version."""
    version = await _store(storage, call, "", "s3:DeleteObjectTagging")
    return Answer(204, b"", _told(call, version))


async def _store(storage: Storage, call: Call, text: str, action: str) -> str:
    version = await get.readable(storage, call, action, adds={"request tags": text})

    async def work(tx: Tx) -> None:
        if not await tx.run(
            SQL.version_tags, bucket=call.place.ordinal, key=version.key, place=version.place, tags=text
        ):
            raise S3Error("NoSuchKey")

    await storage.store.write(work)
    return version.version


def _told(call: Call, version: str) -> dict[str, str]:
    return {"x-amz-version-id": version} if call.place.versioning else {}
