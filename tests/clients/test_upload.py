"""Images sent by FTPS to a real server, as `ionosctl image upload` sends them."""

from __future__ import annotations

import ftplib
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.clients.shell import DEADLINE, Shell, until

OWNER, PASSWORD = "me@example.com", "change-me"
OPENED: list[ftplib.FTP] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No session outlives its test."""
    yield
    while OPENED:
        OPENED.pop().close()


@dataclass(frozen=True)
class Served:
    """A server that takes images of up to a million bytes."""

    shell: Shell
    ready: dict[str, Any]

    def images(self, **filters: str) -> list[dict[str, Any]]:
        """The private images that the API shows."""
        query = urlencode({"depth": "1", "filter.public": "false"} | filters)
        answer = httpx.get(f"{self.ready['api']}/cloudapi/v6/images?{query}", auth=(OWNER, PASSWORD))
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def files(self) -> set[str]:
        return {file.name for file in (self.shell.data / "images").iterdir()}

    def session(self, host: str = "ftp-fra.ionos.com") -> ftplib.FTP_TLS:
        """A session of the owner with both channels protected, by a client that checks the certificate."""
        session = self.connected(host)
        session.login(OWNER, PASSWORD)
        session.prot_p()
        return session

    def connected(self, host: str = "ftp-fra.ionos.com") -> ftplib.FTP_TLS:
        address, _, port = self.ready["ftps"].rpartition(":")
        trusting = ssl.create_default_context(cafile=self.ready["ftps_authority"])
        trusting.maximum_version = ssl.TLSVersion.TLSv1_2  # as ionosctl has it
        session = ftplib.FTP_TLS(context=trusting, timeout=DEADLINE)
        OPENED.append(session)
        session.connect(address, int(port))
        session.host = host
        return session


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    shell = Shell(tmp_path_factory.mktemp("served"))
    shell.variables = {
        "IONSTACK_USERNAME": OWNER, "IONSTACK_PASSWORD": PASSWORD, "IONSTACK_MAX_IMAGE": "1000000",
    }  # fmt: skip
    yield Served(shell, json.loads(shell.run("start -d --json --ftps-port 0").stdout))
    shell.run("stop")


def send(session: ftplib.FTP_TLS, path: str, content: bytes = b"an image") -> str:
    return session.storbinary(f"STOR {path}", BytesIO(content))


def test_an_upload_becomes_a_private_image(served: Served) -> None:
    session = served.session()
    session.cwd("hdd-images")
    assert session.nlst() == []
    assert send(session, "mine.qcow2", b"x" * 900_000).startswith("226")
    (found,) = served.images(**{"filter.name": "mine.qcow2", "filter.location": "de/fra"})
    about = found["properties"]
    assert (about["public"], about["size"], about["imageType"]) == (False, 0.01, "HDD")
    assert (about["licenceType"], about["cloudInit"], about["imageAliases"]) == ("UNKNOWN", "NONE", [])
    assert (found["metadata"]["createdBy"], found["metadata"]["state"]) == (OWNER, "AVAILABLE")
    assert (served.shell.data / "images" / found["id"]).read_bytes() == b"x" * 900_000
    assert session.nlst() == ["mine.qcow2"]
    assert [name for name, _ in session.mlsd()] == ["mine.qcow2"]
    listed: list[str] = []
    session.retrlines("LIST", listed.append)
    assert listed[0].endswith(" mine.qcow2")


def test_the_host_or_the_directory_names_the_location(served: Served) -> None:
    send(served.session("ftp-txl.ionos.com"), "iso-images/a.iso")
    send(served.session("127.0.0.1"), "/fra-2/iso-images/b.iso")
    where = {one["properties"]["name"]: one["properties"] for one in served.images()}
    assert (where["a.iso"]["location"], where["a.iso"]["imageType"]) == ("de/txl", "CDROM")
    assert where["b.iso"]["location"] == "de/fra/2"
    with pytest.raises(ftplib.error_perm, match="names no location"):
        send(served.session("127.0.0.1"), "iso-images/c.iso")
    assert {"fra", "txl", "hdd-images"} <= set(served.session("127.0.0.1").nlst("/"))


def test_a_name_is_given_once_in_a_location(served: Served) -> None:
    send(served.session(), "hdd-images/twice.raw")
    with pytest.raises(ftplib.error_perm, match=r"has an image 'twice\.raw' already"):
        send(served.session(), "hdd-images/twice.raw")
    send(served.session("ftp-txl.ionos.com"), "hdd-images/twice.raw")


@pytest.mark.parametrize(
    "path",
    [
        "mine.iso", "/mine.iso", "../../../../etc/mine.iso", "iso-images/../mine.iso", "iso-images/x/mine.iso",
        "nowhere/iso-images/mine.iso", "iso-images/.iso", "iso-images/mine.txt", "hdd-images/mine.iso",
        "iso-images/" + "x" * 255 + ".iso", "iso-images", "/",
    ],
)  # fmt: skip
def test_nothing_goes_anywhere_else(served: Served, path: str) -> None:
    before = served.files()
    with pytest.raises(ftplib.error_perm):
        send(served.session(), path)
    assert served.files() == before


@pytest.mark.parametrize(
    "command",
    [
        "RETR",
        "DELE",
        "RNFR",
        "APPE",
        "MKD",
        "RMD",
        "SITE CHMOD 777",
        "MFMT 2",
        "REST 5",
        "PORT 127,0,0,1,4,4",
    ],
)
def test_nothing_but_sending_is_understood(served: Served, command: str) -> None:
    with pytest.raises(ftplib.error_perm, match=r"^50\d"):
        served.session().sendcmd(f"{command} hdd-images/mine.raw")


def test_what_is_too_large_is_refused_and_forgotten(served: Served) -> None:
    before = served.files()
    with pytest.raises((ftplib.Error, OSError)):
        send(served.session(), "hdd-images/large.raw", b"x" * 1_000_001)
    until(lambda: served.files() == before, "the file of what was refused is gone")
    assert served.images(**{"filter.name": "large.raw"}) == []


def test_half_an_image_is_none(served: Served) -> None:
    before, session = served.files(), served.session()
    session.voidcmd("TYPE I")
    sending = session.transfercmd("STOR hdd-images/half.raw")
    sending.sendall(b"x" * 1000)
    sending.shutdown(socket.SHUT_RDWR)  # without the end of TLS: whoever sent it is gone
    sending.close()
    with pytest.raises(ftplib.error_temp, match="426"):
        session.voidresp()
    assert served.images(**{"filter.name": "half.raw"}) == []
    assert served.files() == before


def test_only_protected_channels_and_known_users_are_served(served: Served) -> None:
    plain = ftplib.FTP(timeout=DEADLINE)
    OPENED.append(plain)
    address, _, port = served.ready["ftps"].rpartition(":")
    plain.connect(address, int(port))
    with pytest.raises(ftplib.error_perm, match="TLS required"):
        plain.login(OWNER, PASSWORD)
    clear = served.connected()
    clear.login(OWNER, PASSWORD)
    with pytest.raises(ftplib.error_perm, match="TLS required"):
        clear.nlst()
    for user, password in (
        (OWNER, "wrong"),
        ("nobody@example.com", PASSWORD),
        ("anonymous", "me@example.com"),
    ):
        with pytest.raises(ftplib.error_perm, match=r"^530"):
            served.connected().login(user, password)


def test_a_user_with_a_second_factor_is_refused(served: Served) -> None:
    api, owner = f"{served.ready['api']}/cloudapi/v6", (OWNER, PASSWORD)
    about = {"firstname": "A", "lastname": "B", "email": "forced@example.com", "password": "long enough 1"}
    properties = {**about, "administrator": True, "forceSecAuth": True}
    made = httpx.post(f"{api}/um/users", json={"properties": properties}, auth=owner)
    assert made.status_code in (201, 202), made.text
    with pytest.raises(ftplib.error_perm, match="second factor"):
        served.connected().login("forced@example.com", "long enough 1")


def test_a_revoked_user_sends_no_more(served: Served) -> None:
    api, owner = f"{served.ready['api']}/cloudapi/v6", (OWNER, PASSWORD)
    about = {"firstname": "A", "lastname": "B", "email": "brief@example.com", "password": "long enough 1"}
    made = httpx.post(f"{api}/um/users", json={"properties": {**about, "administrator": False}}, auth=owner)
    session = served.connected()
    session.login("brief@example.com", "long enough 1")
    session.prot_p()
    send(session, "hdd-images/brief.raw")
    assert session.nlst("hdd-images") == ["brief.raw"]  # nobody else's
    httpx.delete(f"{api}/um/users/{made.json()['id']}", auth=owner).raise_for_status()
    with pytest.raises(ftplib.error_perm):
        send(session, "hdd-images/late.raw")


def test_two_senders_do_not_wait_for_each_other(served: Served) -> None:
    slow, quick = served.session(), served.session()
    slow.voidcmd("TYPE I")
    sending = slow.transfercmd("STOR hdd-images/slow.raw")
    sending.sendall(b"x")
    send(quick, "hdd-images/quick.raw")
    assert isinstance(sending, ssl.SSLSocket)
    sending.unwrap().close()
    assert slow.voidresp().startswith("226")
    assert {one["properties"]["name"] for one in served.images()} >= {"slow.raw", "quick.raw"}


def test_files_of_images_that_are_gone_are_swept(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"IONSTACK_USERNAME": OWNER, "IONSTACK_PASSWORD": PASSWORD})
    served = Served(shell, json.loads(shell.run("start -d --json --ftps-port 0").stdout))
    try:
        for name in ("stays.raw", "goes.raw"):
            send(served.session(), f"hdd-images/{name}")
        ids = {one["properties"]["name"]: one["id"] for one in served.images()}
        gone = f"{served.ready['api']}/cloudapi/v6/images/{ids['goes.raw']}"
        httpx.delete(gone, auth=(OWNER, PASSWORD)).raise_for_status()
        (shell.data / "images" / "broken.part").touch()
        shell.run("stop")
        shell.run("start -d --ftps-port 0")
        assert served.files() == {ids["stays.raw"]}
    finally:
        shell.run("stop")


def test_without_the_setting_no_images_are_taken(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    try:
        assert json.loads(shell.run("start -d --json").stdout)["ftps"] is None
        assert not (shell.data / "images").exists()
    finally:
        shell.run("stop")
