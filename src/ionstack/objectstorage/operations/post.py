"""POST object: an upload by an HTML form."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from ionstack.errors import S3Error
from ionstack.objectstorage import checksums, headers, names, tags, xml
from ionstack.objectstorage.access import decide
from ionstack.objectstorage.call import NOBODY, Answer, Call, Caller
from ionstack.objectstorage.encryption import keys
from ionstack.objectstorage.objects import New
from ionstack.objectstorage.operations.copy import Poured
from ionstack.objectstorage.operations.put import MOST_BYTES, drafted, owner_of, told_of, with_extra, write
from ionstack.objectstorage.people import Keys
from ionstack.objectstorage.post import policy
from ionstack.objectstorage.post.form import Form, boundary_of
from ionstack.objectstorage.sign import elder, scheme, verify
from ionstack.objectstorage.storage import Storage


async def post_object(storage: Storage, call: Call) -> Answer:
    """Write the object that a form brings."""
    form = Form(aiter(call.body), boundary_of(call.headers.get("content-type", "")))
    fields = {**await form.read()}
    if "key" not in fields:
        raise S3Error("InvalidArgument", "Bucket POST must contain a field named 'key'.", ArgumentName="key")
    call.caller = await _caller(fields, storage.keys)
    call.key = fields["key"] = fields["key"].replace("${filename}", form.filename)
    least, most = 0, MOST_BYTES[call.place.kind]
    if not call.caller.anonymous:
        sizes = policy.prove(fields["policy"], {**fields, "bucket": call.bucket}, call.now)
        least, most = (sizes[0], min(most, sizes[1])) if sizes else (least, most)
    names.prove_key(call.key)
    if form.media_type:
        fields.setdefault("content-type", form.media_type)
    call.headers = _as_headers(fields, call.headers)
    if "tagging" in fields:
        stored_tags = tags.read(fields["tagging"].encode(), tags.MOST_OF_OBJECT)
    else:
        stored_tags = headers.tags_of(call.headers)
    decide.require(call, "s3:PutObject", call.key, adds={"request tags": stored_tags})
    return await _write(storage, call, form, fields, (least, most), stored_tags)


async def _write(
    storage: Storage,
    call: Call,
    form: Form,
    fields: Mapping[str, str],
    sizes: tuple[int, int],
    stored_tags: str,
) -> Answer:
    promise = checksums.promised(call.headers)
    cipher, extra = keys.for_writing(call.headers, call.place, storage.wrapping)
    draft = await drafted(storage, call, headers.head_of(call.headers, extra), stored_tags)
    poured = _Posted(form, sizes[0], promise)
    stored = await storage.blobs.take(poured, cipher, most=sizes[1])
    if promise is not None:
        draft = with_extra(draft, headers.checksum_extra(promise[0], poured.checksum))
    new = New(stored, poured.md5, draft, owner_of(call, call.place))
    written = await write(storage, call, call.place, call.raw_key, new, None)
    told = {"ETag": f'"{new.etag}"', **headers.encryption(draft.head), **headers.checksum(draft.head)}
    return _answer(call, fields, told | await told_of(storage, call, new, written.version))


class _Posted(Poured):
    """A form's file on its way in."""

    def __init__(self, form: Form, least: int, promise: tuple[str, str] | None) -> None:
        super().__init__(form.file(), None, promise[0] if promise else "")
        self._least, self._promise = least, promise

    def prove(self) -> None:
        """Hold the file to what the form promises."""
        if self.size < self._least:
            raise S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        if self._promise is not None and self._promise[1] != self.checksum:
            raise S3Error("BadDigest")


async def _caller(fields: Mapping[str, str], known: Keys) -> Caller:
    """Who signed the form's policy; nobody if it has none. Raises S3Error."""
    old, new = "awsaccesskeyid" in fields, "x-amz-credential" in fields
    if not old and not new:
        if "policy" in fields and "signature" in fields:
            raise S3Error("InvalidArgument", "The access key is missing")
        return NOBODY
    encoded = fields.get("policy")
    signature = fields.get("x-amz-signature" if new else "signature")
    if encoded is None or signature is None:
        raise S3Error("InvalidArgument", "The policy or its signature is missing")
    access_key = fields["awsaccesskeyid"] if old else fields["x-amz-credential"].partition("/")[0]
    found = await known.find(access_key)
    if found is None:
        raise S3Error("InvalidAccessKeyId", AWSAccessKeyId=access_key)
    if old:
        right = elder.sign(found.secret, encoded)
    else:
        parts = fields["x-amz-credential"].split("/")
        if len(parts) != 5 or fields.get("x-amz-algorithm") != scheme.ALGORITHM:
            raise S3Error("AuthorizationQueryParametersError")
        right = verify.sign(verify.signing_key(found.secret, *parts[1:4]), encoded)
    if not hmac.compare_digest(right.encode(), signature.encode()):
        raise S3Error("SignatureDoesNotMatch", AWSAccessKeyId=access_key)
    return found.caller


def _as_headers(fields: Mapping[str, str], given: Mapping[str, str]) -> Mapping[str, str]:
    """The fields as the headers that they stand for."""
    found = {"host": given.get("host", "")}
    for name, value in fields.items():
        if name == "acl":
            found["x-amz-acl"] = value
        elif name in headers.SYSTEM or name.startswith("x-amz-"):
            found[name] = value.encode("utf-8").decode("latin-1")
    return found


def _answer(call: Call, fields: Mapping[str, str], told: dict[str, str]) -> Answer:
    """What the form wants to be answered with."""
    etag = told["ETag"]
    redirect = fields.get("success_action_redirect") or fields.get("redirect")
    if redirect and redirect.startswith(("http://", "https://")):
        query = urlencode({"bucket": call.bucket, "key": call.key, "etag": etag})
        return Answer(303, b"", {**told, "Location": f"{redirect}{'&' if '?' in redirect else '?'}{query}"})
    status = fields.get("success_action_status", "204")
    if status == "200":
        return Answer(200, b"", told)
    if status != "201":
        return Answer(204, b"", told)
    location = f"{'https' if call.secure else 'http'}://{call.host}/{headers.url_encoded(f'{call.bucket}/{call.key}')}"
    body = xml.tags({"Location": location, "Bucket": call.bucket, "Key": call.key, "ETag": etag})
    return Answer(201, f"{xml.HEADING}<PostResponse>{body}</PostResponse>".encode(), told)
