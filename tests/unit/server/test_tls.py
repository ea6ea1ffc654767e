"""The authority of the server's own: it lasts, and its certificates are trusted and renewed."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from ionstack.catalogue.api import Api
from ionstack.engine.clock import SECOND, Clock
from ionstack.errors import UsageError
from ionstack.server import tls

WALL = Clock().wall()
DAY = 86_400 * SECOND


async def _handshake(files: tls.Files, name: str) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cafile=str(files.authority))

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=server) as listening:
        port = listening.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=name)
        writer.close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "dns.de-fra.ionos.com"])
async def test_clients_that_trust_the_authority_accept_each_name(tmp_path: Path, name: str) -> None:
    await _handshake(tls.ensure(tmp_path, ["localhost", "127.0.0.1", "dns.de-fra.ionos.com"], WALL), name)


async def test_a_name_that_was_not_asked_for_is_not_accepted(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await _handshake(tls.ensure(tmp_path, ["localhost"], WALL), "example.com")


def test_files_are_kept_while_they_fit_and_the_authority_outlives_them(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path, ["localhost"], WALL)
    assert files.authority is not None
    authority, certificate = files.authority.read_bytes(), files.certificate.read_bytes()
    tls.ensure(tmp_path, ["localhost"], WALL + 300 * DAY)
    assert files.certificate.read_bytes() == certificate
    tls.ensure(tmp_path, ["localhost"], WALL + 380 * DAY)
    renewed = files.certificate.read_bytes()
    assert renewed != certificate
    tls.ensure(tmp_path, ["localhost", "example.com"], WALL + 380 * DAY)
    assert files.certificate.read_bytes() != renewed
    assert files.authority.read_bytes() == authority


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path / "tls", ["localhost"], WALL)
    for key in (files.key, tmp_path / "tls" / "ca.key"):
        assert key.stat().st_mode & 0o077 == 0


def test_broken_files_are_told_in_one_line(tmp_path: Path) -> None:
    tls.ensure(tmp_path, ["localhost"], WALL)
    (tmp_path / "server.pem").write_text("nonsense")
    with pytest.raises(UsageError, match=f"certificates in {tmp_path} cannot be used"):
        tls.ensure(tmp_path, ["localhost"], WALL)
    with pytest.raises(UsageError, match="cannot be used as certificate and key"):
        tls.given(tmp_path / "server.pem", tmp_path / "missing.key")


def test_names_are_those_a_client_may_call() -> None:
    dns = Api("dns-v1", "DNS", "v1", (), "dns.{region}.ionos.com", "", "spectre", "dns", ("de-fra",))
    cloud = Api("cloudapi-v6", "Cloud", "v6", (), "api.ionos.com", "/cloudapi/v6", "cloudapi")
    found = tls.names([dns, cloud], "0.0.0.0", "cloud.test", "https://public.test:8443")
    assert {"api.ionos.com", "dns.de-fra.ionos.com", "dns.de-fra.cloud.test", "localhost", "public.test"} <= {
        *found
    }
    assert "0.0.0.0" not in found
