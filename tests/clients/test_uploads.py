"""Images uploaded over FTPS, as `ionosctl image upload` does: explicit TLS, user name and password."""

from __future__ import annotations

import ftplib
import io
import json
import os
import signal
import ssl
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.clients.conftest import OWNER, PASSWORD, ROOT

GIB = 1024**3


@dataclass(frozen=True)
class Uploading:
    """A server that takes uploads, its API as the owner, and a user without a password of use."""

    port: int
    api: httpx.Client
    authority: Path


@pytest.fixture(scope="module")
def uploading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uploading]:
    data = tmp_path_factory.mktemp("uploads")
    settings = {"IONSTACK_USERNAME": OWNER, "IONSTACK_PASSWORD": PASSWORD}
    ports = ["--port", "0", "--s3-port", "0", "--ftps-port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ionstack", "serve", *ports, "--data-dir", str(data)], cwd=ROOT,
        env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process, process.stdout:
        try:
            told = json.loads(next(line for line in process.stdout if line.startswith("{")))
            base = f"{told['api']}/cloudapi/v6"
            with httpx.Client(base_url=base, auth=(OWNER, PASSWORD)) as api:
                yield Uploading(urlsplit(told["ftps"]).port or 0, api, data / "tls" / "ca.pem")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@contextmanager
def connection(
    uploading: Uploading, host: str = "localhost", user: str = OWNER, password: str = PASSWORD
) -> Iterator[ftplib.FTP_TLS]:
    """A connection that asks for `host`, whose certificate is checked."""
    context = ssl.create_default_context(cafile=str(uploading.authority))
    with ftplib.FTP_TLS(context=context, timeout=20) as ftp:
        ftp.connect("127.0.0.1", uploading.port)
        ftp.host = host  # what TLS names
        ftp.login(user, password)
        ftp.prot_p()
        yield ftp


def images(uploading: Uploading, location: str) -> dict[str, dict[str, object]]:
    """The private images of a location, as ionosctl asks for them."""
    wanted = {"filter.location": location, "filter.public": "false", "depth": "2"}
    items = uploading.api.get("/images", params=wanted).raise_for_status().json()["items"]
    return {one["properties"]["name"]: one["properties"] for one in items}


def test_a_disk_is_uploaded_to_a_location_by_its_host(uploading: Uploading) -> None:
    head = b"QFI\xfb" + struct.pack(">I", 3) + bytes(16) + struct.pack(">Q", 5 * GIB) + bytes(3000)
    with connection(uploading, "ftp-fra.ionos.com") as ftp:
        ftp.cwd("hdd-images")
        answer = ftp.storbinary("STOR debian.qcow2", io.BytesIO(head))
        assert answer.startswith("226")
        found = images(uploading, "de/fra")["debian.qcow2"]
        assert (found["size"], found["imageType"], found["public"]) == (5.0, "HDD", False)
        assert (found["licenceType"], found["imageAliases"]) == ("UNKNOWN", [])
        assert ftp.nlst() == ["debian.qcow2"]
        with pytest.raises(ftplib.error_perm, match="already"):
            ftp.storbinary("STOR debian.qcow2", io.BytesIO(head))
    with connection(uploading, "ftp-fra-2.ionos.com") as ftp:
        ftp.storbinary("STOR /iso-images/tools.iso", io.BytesIO(bytes(40_000_000)))
    assert images(uploading, "de/fra/2")["tools.iso"]["size"] == 0.04
    assert images(uploading, "de/fra/2")["tools.iso"]["imageType"] == "CDROM"


def test_under_any_other_name_locations_are_directories(uploading: Uploading) -> None:
    with connection(uploading) as ftp:
        assert {"fra", "fra-2", "txl"} <= set(ftp.nlst())
        ftp.cwd("/txl")
        assert sorted(ftp.nlst()) == ["hdd-images", "iso-images"]
        ftp.storbinary("STOR hdd-images/raw.img", io.BytesIO(b"x" * 1000))
    made = images(uploading, "de/txl")["raw.img"]
    assert made["size"] == 0.01
    body = {"properties": {"location": "de/txl"}}
    dc = uploading.api.post("/datacenters", json=body).json()["id"]
    shown = uploading.api.get("/images", params={"filter.name": "raw.img"}).json()["items"]
    volume = {"properties": {"size": 1, "image": shown[0]["id"]}}
    answer = uploading.api.post(f"/datacenters/{dc}/volumes", json=volume)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    "path", ["x.img", "/nosuch/x.img", "/txl/x.img", "/txl/hdd-images/a/b.img", "/nosuch/hdd-images/x.img",
             "../../etc/passwd", "/txl/hdd-images/", "/txl/hdd-images"],
)  # fmt: skip
def test_nothing_is_written_elsewhere(uploading: Uploading, path: str) -> None:
    with connection(uploading) as ftp, pytest.raises(ftplib.error_perm):
        ftp.storbinary(f"STOR {path}", io.BytesIO(b"x"))


def test_only_good_passwords_over_tls_get_in(uploading: Uploading) -> None:
    with pytest.raises(ftplib.error_perm), connection(uploading, password="wrong"):
        pass
    with ftplib.FTP(timeout=20) as bare:
        bare.connect("127.0.0.1", uploading.port)
        with pytest.raises(ftplib.error_perm, match="TLS"):
            bare.login(OWNER, PASSWORD)
    person = {"firstname": "a", "lastname": "b", "email": "two@example.com", "password": "two factors"}
    forced = {"properties": {**person, "administrator": True, "forceSecAuth": True}}
    assert uploading.api.post("/um/users", json=forced).status_code == 202
    with (
        pytest.raises(ftplib.error_perm, match="token"),
        connection(uploading, user="two@example.com", password="two factors"),
    ):
        pass


def test_what_is_there_is_read_and_deleted_by_the_api_alone(uploading: Uploading) -> None:
    with connection(uploading) as ftp:
        ftp.cwd("/par/hdd-images")
        ftp.storbinary("STOR kept.img", io.BytesIO(b"x"))
        refusals: tuple[Callable[[], object], ...] = (
            lambda: ftp.delete("kept.img"),
            lambda: ftp.rename("kept.img", "b"),
            lambda: ftp.mkd("mine"),
            lambda: ftp.retrbinary("RETR kept.img", lambda _: None),
        )
        for refused in refusals:
            with pytest.raises(ftplib.error_perm):
                refused()
    assert "kept.img" in images(uploading, "fr/par")
