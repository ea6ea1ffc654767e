"""The S3 port until S3 is served: 501, in XML that S3's clients read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from ionstack.objectstorage.not_yet import NotYet, answer


async def _call(method: str, raw_path: bytes) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        raise AssertionError("a body is not waited for")

    await NotYet()({"type": "http", "method": method, "raw_path": raw_path, "path": "/"}, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("path", [b"/", b"/bucket/key", b"/b/<&>\"'", b"/\xc3\xbc\xff", b"/" + b"x" * 9000])
async def test_every_call_is_told_in_xml(path: bytes) -> None:
    status, headers, body = await _call("PUT", path)
    error = ET.fromstring(body)
    assert status == 501
    assert headers["content-type"] == "application/xml"
    assert headers["content-length"] == str(len(body))
    assert (error.tag, error.findtext("Code")) == ("Error", "NotImplemented")
    assert error.findtext("RequestId") == headers["x-amz-request-id"]


async def test_head_has_no_body_but_its_length() -> None:
    status, headers, body = await _call("HEAD", b"/bucket")
    assert (status, body) == (501, b"")
    assert int(headers["content-length"]) > 0


def test_control_characters_do_not_break_the_xml() -> None:
    error = ET.fromstring(answer("/a\x00\x0b\x1fb", "id").body)
    assert error.findtext("Resource") is not None
