"""Objects on both stores: writing, listing, versions, locks, and what is refused."""

from __future__ import annotations

import asyncio
import hashlib
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionstack.engine.clock import iso
from ionstack.errors import StoreFull
from ionstack.store.port import Store
from ionstack.store.statement import Statement
from tests.api.objectstorage.conftest import People, code, texts

pytestmark = pytest.mark.api
ENABLED = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
SUSPENDED = ENABLED.replace("Enabled", "Suspended")


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 3_000_000])
@pytest.mark.parametrize("sealed", ["", "AES256"])
async def test_a_body_comes_back_as_it_went(people: People, size: int, sealed: str) -> None:
    owner, data = people.owner, bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    headers = {"x_amz_server_side_encryption": sealed} if sealed else {}
    await owner.done("PUT", "/bodies")
    put = await owner.done("PUT", "/bodies/key", data, **headers)
    assert put.headers["etag"] == f'"{hashlib.md5(data).hexdigest()}"'
    got = await owner.done("GET", "/bodies/key")
    assert got.content == data
    assert got.headers.get("x-amz-server-side-encryption", "") == sealed
    if size > 10:
        assert (await owner.done("GET", "/bodies/key", range="bytes=-7")).content == data[-7:]
        assert (await owner.done("GET", "/bodies/key", range=f"bytes={size // 2}-")).content == data[
            size // 2 :
        ]
    stored = [path for path in (people.cloud.settings.data_dir / "objects").rglob("*") if path.is_file()]
    assert len(stored) == (1 if size > 16 * 1024 else 0)
    if sealed and stored:
        assert data[:64] not in stored[0].read_bytes()
    await owner.done("DELETE", "/bodies/key")
    assert not [path for path in (people.cloud.settings.data_dir / "objects").rglob("*") if path.is_file()]


async def test_listing_by_prefix_delimiter_and_page(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/listed")
    keys = ["a", "a/1", "a/2", "b/1", "b/c/1", "c", "ü", "z"]
    for key in keys:
        await owner.done("PUT", f"/listed/{quote(key)}", "x")
    assert texts(await owner.done("GET", "/listed?list-type=2"), "Key") == sorted(keys, key=str.encode)
    grouped = await owner.done("GET", "/listed?list-type=2&delimiter=%2F")
    assert texts(grouped, "Key") == ["a", "c", "z", "ü"]
    assert texts(grouped, "Prefix") == ["", "a/", "b/"][1:] or texts(grouped, "Prefix")[1:] == ["a/", "b/"]
    seen: list[str] = []
    token = ""
    for _ in range(20):
        page = await owner.done("GET", f"/listed?list-type=2&delimiter=%2F&max-keys=1{token}")
        seen += texts(page, "Key") + texts(page, "Prefix")[1:]
        following = texts(page, "NextContinuationToken")
        if not following:
            break
        token = f"&continuation-token={quote(following[0], safe='')}"
    assert seen == ["a", "a/", "b/", "c", "z", "ü"]


keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda key: not {".", ".."} & set(key.split("/"))  # httpx takes such out of a path; boto3 does not
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=keys)
async def test_a_key_may_be_any_text(people: People, key: str) -> None:
    owner = people.owner
    await owner("PUT", "/any")
    path = "/any/" + quote(key, safe="~")
    await owner.done("PUT", path, key)
    assert (await owner.done("GET", path)).text == key
    listed = texts(await owner.done("GET", "/any?list-type=2&encoding-type=url"), "Key")
    assert [quote(key, safe="/-_.~*()!'")] == listed
    await owner.done("DELETE", path)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/Bucket", "InvalidBucketName"),
        ("/a..b", "InvalidBucketName"),
        ("/192.168.1.1", "InvalidBucketName"),
        ("/x" * 2, "NoSuchBucket"),
        ("/bucket/" + "k" * 1025, "KeyTooLongError"),
        ("/bucket/%ff", "InvalidURI"),
    ],
)
async def test_names_that_cannot_be(people: People, path: str, wanted: str) -> None:
    assert await people.owner.refused("PUT", path) == wanted


@pytest.mark.parametrize(
    "body",
    [
        "", "nonsense", "<Delete/>", "<Other/>", "<Delete><Object/></Delete>",
        '<!DOCTYPE a [<!ENTITY b "c">]><Delete><Object><Key>&b;</Key></Object></Delete>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><Delete><Object><Key>a</Key></Object></Delete>',
        "<Delete>" + "<Object><Key>a</Key></Object>" * 1001 + "</Delete>",
    ],
)  # fmt: skip
async def test_xml_that_cannot_be(people: People, body: str) -> None:
    await people.owner.done("PUT", "/xml")
    assert await people.owner.refused("POST", "/xml?delete", body) == "MalformedXML"


async def test_suspended_versioning_writes_over_the_null_version_alone(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/versions")
    await owner.done("PUT", "/versions/key", "zero")
    await owner.done("PUT", "/versions?versioning", ENABLED)
    one = (await owner.done("PUT", "/versions/key", "one")).headers["x-amz-version-id"]
    await owner.done("PUT", "/versions?versioning", SUSPENDED)
    await owner.done("PUT", "/versions/key", "again")
    listed = await owner.done("GET", "/versions?versions")
    assert texts(listed, "VersionId") == ["null", one]
    marker = await owner.done("DELETE", "/versions/key")
    assert marker.headers["x-amz-delete-marker"] == "true"
    assert texts(await owner.done("GET", "/versions?versions"), "VersionId") == ["null", one]
    assert (await owner("GET", "/versions/key")).headers["x-amz-delete-marker"] == "true"
    await owner.done("DELETE", "/versions/key?versionId=null")
    assert (await owner.done("GET", "/versions/key")).text == "one"


async def test_of_many_first_writers_one_wins(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/race")
    answers = await asyncio.gather(
        *(owner("PUT", "/race/lock", f"writer {n}", if_none_match="*") for n in range(8))
    )
    assert sorted(one.status_code for one in answers) == [200] + [412] * 7
    won = next(n for n, one in enumerate(answers) if one.status_code == 200)
    assert (await owner.done("GET", "/race/lock")).text == f"writer {won}"


async def test_of_many_writers_of_a_version_none_is_lost(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/many")
    await owner.done("PUT", "/many?versioning", ENABLED)
    await asyncio.gather(*(owner.done("PUT", "/many/key", str(n)) for n in range(12)))
    listed = await owner.done("GET", "/many?versions")
    assert len(set(texts(listed, "VersionId"))) == 12
    assert texts(listed, "IsLatest").count("true") == 1


async def test_a_lock_holds_until_its_day(people: People) -> None:
    owner, clock = people.owner, people.clock
    await owner.done("PUT", "/locked", x_amz_bucket_object_lock_enabled="true")
    until = iso(clock.wall() + 3600 * 1_000_000)
    put = await owner.done(
        "PUT",
        "/locked/key",
        "x",
        x_amz_object_lock_mode="COMPLIANCE",
        x_amz_object_lock_retain_until_date=until,
    )
    version = f"/locked/key?versionId={put.headers['x-amz-version-id']}"
    bypass = {"x_amz_bypass_governance_retention": "true"}
    assert await owner.refused("DELETE", version, **bypass) == "AccessDenied"
    await owner.done("PUT", "/locked/key?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>")
    clock.advance(3601)
    assert await owner.refused("DELETE", version) == "AccessDenied"
    await owner.done("PUT", "/locked/key?legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>")
    await owner.done("DELETE", version)


async def test_a_broken_upload_leaves_nothing(people: People) -> None:
    owner = people.owner
    await owner.done("PUT", "/broken")
    wrong = {"content_md5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    for size in (10, 100_000, 2_500_000):
        assert code(await owner("PUT", "/broken/key", b"x" * size, **wrong)) == "BadDigest"
    assert await owner.refused("GET", "/broken/key") == "NoSuchKey"
    assert not [path for path in (people.cloud.settings.data_dir / "objects").rglob("*") if path.is_file()]


async def test_nothing_in_a_form_breaks_out_of_a_header(people: People) -> None:
    await people.owner.done("PUT", "/forms", x_amz_acl="public-read-write")
    fields = {"key": "made", "acl": "public-read", "x-amz-meta-note": "a\r\nset-cookie: b"}
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()
    )
    body = (
        parts + '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--x--\r\n'
    )
    form = {"content_type": "multipart/form-data; boundary=x"}
    await people.nobody.done("POST", "/forms", body, **form)
    got = await people.owner.done("GET", "/forms/made")
    assert (got.text, got.headers["x-amz-meta-note"]) == ("hello", "a  set-cookie: b")
    assert "set-cookie" not in got.headers
    broken = body.replace("x-amz-meta-note", "x-amz-meta-no te")
    assert await people.nobody.refused("POST", "/forms", broken, **form) == "InvalidArgument"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/a%00b", {}),
        ("GET", "/odd?versions&version-id-marker=%00&key-marker=a", {}),
        ("GET", "/odd/key?versionId=%00", {}),
        ("GET", "/odd/key?partNumber=%C2%B2", {}),
        ("GET", "/odd?list-type=2&continuation-token=%FF", {}),
        ("GET", "/odd?list-type=2&max-keys=-1", {}),
        ("GET", "/odd?uploads&max-uploads=x", {}),
        ("GET", "/?max-buckets=0", {}),
        ("PUT", "/odd/key", {"x_amz_tagging": "a=b&a=c"}),
        ("PUT", "/odd/key", {"x_amz_copy_source": "nothing"}),
        ("PUT", "/odd/key", {"x_amz_storage_class": "GLACIER"}),
        ("PUT", "/odd/key", {"x_amz_server_side_encryption": "rot13"}),
        ("PUT", "/odd/key", {"x_amz_acl": "everybody"}),
        ("PUT", "/odd/key?partNumber=0&uploadId=x", {}),
        ("PUT", "/odd/key?partNumber=10001&uploadId=x", {}),
        ("DELETE", "/odd/key", {"x_amz_if_match_size": "many"}),
    ],
)
async def test_what_a_client_sends_is_never_the_servers_fault(
    people: People, method: str, path: str, headers: dict[str, str]
) -> None:
    await people.owner.done("PUT", "/odd")
    await people.owner.done("PUT", "/odd/key", "x")
    answer = await people.owner(method, path, **headers)
    assert 400 <= answer.status_code < 500, answer.text


async def test_nobody_sends_signed_chunks_without_a_signature(people: People) -> None:
    await people.owner.done("PUT", "/open", x_amz_acl="public-read-write")
    for payload in ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-NONSENSE"):
        answer = await people.nobody(
            "PUT", "/open/key", "0\r\n\r\n", x_amz_content_sha256=payload, x_amz_decoded_content_length="0"
        )
        assert answer.status_code in (400, 403)


async def test_a_full_disk_is_told_and_what_is_there_is_read_on(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, store = people.owner, people.cloud.store
    await owner.done("PUT", "/full")
    await owner.done("PUT", "/full/kept", b"x" * 20_000)
    upload = await owner.begin("/full/parts")

    async def full(self: Store, work: object, **how: bool) -> None:
        raise StoreFull("the disk of the database is full")

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "write", full)
        for path in ("/full/kept", "/full/new", f"/full/parts?partNumber=1&uploadId={upload}"):
            answer = await owner("PUT", path, b"y" * 20_000)
            assert (answer.status_code, code(answer)) == (507, "InsufficientStorage")
    assert (await owner.done("GET", "/full/kept")).content == b"x" * 20_000
    assert len(people.blobs()) == 1


@pytest.mark.parametrize("database", [None], ids=["sqlite"])
async def test_a_disk_that_fills_up_is_told(people: People, database: str | None) -> None:
    owner, store = people.owner, people.cloud.store
    await owner.done("PUT", "/full")
    pages = await store.read(lambda tx: tx.one(Statement("pages", {"sqlite": "PRAGMA page_count"})))
    assert pages is not None

    async def limit(most: int) -> None:
        await store.write(lambda tx: tx.one(Statement("most", {"sqlite": f"PRAGMA max_page_count = {most}"})))

    await limit(pages[0] + 2)
    for _ in range(3):
        answer = await owner("PUT", "/full/key", b"x" * 16_000)
        assert (answer.status_code, code(answer)) == (507, "InsufficientStorage")
    assert await owner.refused("GET", "/full/key") == "NoSuchKey"
    await limit(pages[0] + 1000)
    await owner.done("PUT", "/full/key", b"x" * 16_000)
