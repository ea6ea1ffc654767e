"""What somebody learns who guesses names and passwords: nothing, and ever more slowly."""

from __future__ import annotations

import base64

import pytest

from tests.api.conftest import PASSWORD, USERNAME, Running

PATH = "/cloudapi/v6/datacenters"


@pytest.fixture
def database() -> None:
    """Guessing is counted in memory: one engine is enough."""


async def test_an_unknown_name_and_a_wrong_password_are_told_alike(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words and headers, the same delays, and one slow hash each."""
    passwords = running.cloud.identity.passwords
    verify, hashes = passwords._matches, []

    def counted(stored: str | None, password: bytes) -> bool:
        hashes.append(stored)
        return verify(stored, password)

    monkeypatch.setattr(passwords, "_matches", counted)
    seen = []
    for name in (USERNAME, "nobody@example.com"):
        told = []
        for guess in range(6):
            before = running.clock.monotonic()
            answer = await running.http.get(PATH, auth=(name, f"guess {guess}"))
            headers = {key: value for key, value in answer.headers.items() if key != "x-request-id"}
            waited = running.clock.monotonic() - before
            told.append((answer.status_code, answer.json(), headers, waited))
        seen.append(told)
    assert seen[0] == seen[1]
    assert [waited for *_, waited in seen[0]] == [0, 0, 0, 0.25, 0.5, 1.0]
    assert len(hashes) == 12


async def test_nobody_is_locked_out_by_guesses(running: Running) -> None:
    for guess in range(12):
        assert (await running.http.get(PATH, auth=(USERNAME, f"guess {guess}"))).status_code == 401
    before = running.clock.monotonic()
    assert (await running.http.get(PATH, auth=(USERNAME, PASSWORD))).status_code == 200
    assert running.clock.monotonic() == before, "the right password does not wait"


@pytest.mark.parametrize(
    "header",
    [
        b"", b"Basic", b"Basic ", b"Basic !!!", b"Basic " + base64.b64encode(b"no colon"),
        b"Basic " + base64.b64encode(b"\xff\xfe:\xff"), b"Basic " + base64.b64encode(b":"),
        b"Basic " + base64.b64encode(b"a\0b@c:\0"), b"Basic " + base64.b64encode(b"x@y:" + b"p" * 6000),
        b"Bearer", b"Bearer ", b"Bearer a.b.c", b"Bearer " + b"a" * 9000, b"Bearer \xe4\xf6\xfc", b"Bearer ..",
        b"Bearer eyJhbGciOiJub25lIn0.e30.", b"Digest username=x", b"\x80\x81", b"AWS4-HMAC Credential=x",
    ],
)  # fmt: skip
async def test_a_malformed_authorization_is_401(running: Running, header: bytes) -> None:
    answer = await running.http.get(PATH, headers={b"Authorization": header})
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == 'Bearer realm="ionstack", Basic realm="ionstack"'
