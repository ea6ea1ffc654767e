"""Secrets are planted in a real server that logs all it can, and looked for wherever it writes and answers."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pyotp
import pytest
import yaml  # type: ignore[import-untyped]

from ionstack.app import build_cloud
from ionstack.config import load
from ionstack.engine.clock import SECOND, Clock
from tests.clients.conftest import ROOT
from tests.stores import database, migrated_database, postgres_server

__all__ = ["database", "migrated_database", "postgres_server"]

OWNER = "owner@example.com"
CONTROL = "/_ionstack"
CLOUD = "/cloudapi/v6"


@dataclass
class Planted:
    """What must be found nowhere, by what it is; `anywhere` says for each whether it was handed out at all."""

    words: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, word: str) -> str:
        """Plant a word; whoever knows it already may go on with it."""
        assert len(word) >= 12, f"{what} could be found by accident: {word}"
        self.words[what] = word
        return word

    def found(self, where: bytes) -> list[str]:
        """What of it is in there: as it is, in base64, or in the hexadecimal digits of a database's dump."""
        return [what for what, word in self.words.items() if any(one in where for one in _written(word))]


def _written(word: str) -> Iterator[bytes]:
    raw = word.encode()
    yield raw
    yield raw.hex().encode()
    for shift in range(3):  # base64 of a longer text that holds it, but for the characters at its ends
        coded = base64.b64encode(b"\0" * shift + raw)
        yield coded[4 if shift else 0 : -4]


@dataclass
class Server:
    """A server with its log, data and planted environment."""

    directory: Path
    database: str | None
    planted: Planted
    url: str = ""

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def given(self) -> dict[str, str]:
        words = self.planted.words
        return {
            "IONSTACK_USERNAME": OWNER, "IONSTACK_PASSWORD": words["owner's password"],
            "IONSTACK_ADMIN_TOKEN": words["admin token"], "IONSTACK_MASTER_KEY": words["master key"],
            "IONSTACK_DATA_DIR": str(self.data),
        } | ({"IONSTACK_DATABASE": self.database} if self.database else {})  # fmt: skip

    def start(self) -> subprocess.Popen[str]:
        """Start it with everything logged, and wait until it answers."""
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ionstack", "serve", "--port", "0", "--log-level", "debug"],
                env={**os.environ, **self.given, "PYTHONASYNCIODEBUG": "1"}, cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("{")), "")
        assert line, self.log.read_text()
        self.url = json.loads(line)["api"]
        return process

    def stored(self) -> bytes:
        """Every byte of the store: the files, the write-ahead log among them, or the text of every row."""
        if self.database:
            return asyncio.run(_dump(self.database))
        return b"\n".join(path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file())


async def _dump(url: str) -> bytes:
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        lines: list[str] = []
        for (name,) in names:
            rows = await connection.fetch(f'SELECT t::text FROM "{name}" AS t')
            lines += [name, *(row[0] for row in rows)]
        assert {"secret", "request", "event", "user_account"} <= {name for (name,) in names}
        return "\n".join(lines).encode()
    finally:
        await connection.close()


@pytest.fixture
def planted() -> Planted:
    made = Planted()
    made.add("owner's password", "Owner+Password+Planted")
    made.add("admin token", "AdminTokenThatIsPlanted")
    made.add("master key", "5ec2e7" * 10 + "abcd")
    return made


@pytest.fixture
def server(tmp_path: Path, database: str | None, planted: Planted) -> Iterator[Server]:
    made = Server(tmp_path, database, planted)
    process = made.start()
    try:
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()


def test_no_secret_is_written_or_told(server: Server, planted: Planted) -> None:
    words = planted.words
    with httpx.Client(base_url=server.url, timeout=30) as http:
        token = _token(http, planted)
        owner = {"Authorization": f"Bearer {token}"}
        refusals = [
            *_resources(http, owner, planted),
            *_people(http, owner, planted),
            *_wrong_credentials(http, planted),
        ]
        _in_the_store(server, planted)
        told = {f"refusal {n}": answer.content for n, answer in enumerate(refusals)}
        admin = {"Authorization": f"Bearer {words['admin token']}"}
        for path in (
            "/requests?limit=1000",
            "/audit?limit=1000",
            "/metrics",
            "/contracts",
            "/key",
            "/faults",
        ):
            told[path] = http.get(f"{CONTROL}{path}", headers=admin).raise_for_status().content
        for path in (
            "requests?depth=10",
            "datacenters?depth=10",
            "backupunits?depth=10",
            "um/users?depth=10",
        ):
            told[path] = http.get(f"{CLOUD}/{path}", headers=owner).raise_for_status().content
        assert b"/cloudapi/v6/datacenters" in told["/requests?limit=1000"]
        assert b"imagePassword" in told["requests?depth=10"]
        told["the store"] = server.stored()
        told["the log"] = server.log.read_bytes()
    assert b"POST /cloudapi/v6/datacenters" in told["the log"]
    assert b"imagePassword" in told["the store"]
    assert len(words) >= 20
    assert {where: found for where, text in told.items() if (found := planted.found(text))} == {}


def _token(http: httpx.Client, planted: Planted) -> str:
    answer = http.get("/auth/v1/tokens/generate", auth=(OWNER, planted.words["owner's password"]))
    token: str = answer.raise_for_status().json()["token"]
    planted.add("token's signature", token.rpartition(".")[2])
    minted = http.post(
        f"{CONTROL}/tokens", json={}, headers={"X-Ionstack-Admin-Token": planted.words["admin token"]}
    )
    planted.add("minted token's signature", minted.raise_for_status().json()["token"].rpartition(".")[2])
    made = http.post(
        f"{CONTROL}/contracts",
        json={},
        headers={"X-Ionstack-Admin-Token": planted.words["admin token"]},
    ).raise_for_status()
    planted.add("contract's password", made.json()["password"])
    planted.add("contract's token's signature", made.json()["token"].rpartition(".")[2])
    return token


def _resources(http: httpx.Client, owner: dict[str, str], planted: Planted) -> list[httpx.Response]:
    """Everything of a data center that is secret; the answers to what was refused."""
    words = planted.words
    script = planted.add("user data", "#cloud-config planted script")
    key = planted.add("ssh key", "ssh-rsa PlantedPlantedPlanted")
    disk = {
        "name": "disk", "size": 10, "imageAlias": "ubuntu:latest", "sshKeys": [key],
        "imagePassword": planted.add("image password", "ImagePasswordPlanted"),
        "userData": base64.b64encode(script.encode()).decode(),
    }  # fmt: skip
    body = {
        "properties": {"name": "dc", "location": "de/txl"},
        "entities": {"volumes": {"items": [{"properties": disk}]}},
    }
    dc = _made(http.post(f"{CLOUD}/datacenters", json=body, headers=owner))
    other = {**disk, "imagePassword": planted.add("second image password", "SecondPasswordPlanted")}
    web = {
        "properties": {"name": "web", "cores": 1, "ram": 1024},
        "entities": {"volumes": {"items": [{"properties": other}]}},
    }
    at = f"{CLOUD}/datacenters/{dc['id']}"
    server = _made(http.post(f"{at}/servers", json=web, headers=owner))
    spare = {"properties": {"size": 1, "licenceType": "LINUX"}}
    volume = _made(http.post(f"{at}/volumes", json=spare, headers=owner))
    attached = {"id": volume["id"], "properties": {"imagePassword": words["image password"]}}
    _made(http.post(f"{at}/servers/{server['id']}/volumes", json=attached, headers=owner))
    escaped = json.dumps(attached).replace("image", "\\u0069mage").encode()
    typed = {**owner, "Content-Type": "application/json"}
    _made(http.post(f"{at}/servers/{server['id']}/volumes", content=escaped, headers=typed))
    for word, name in (("token", "token"), ("remoteconsole", "url")):
        shown = http.get(f"{at}/servers/{server['id']}/{word}", headers=owner).raise_for_status().json()[name]
        planted.add(f"{word}'s signature", shown.rpartition(".")[2])
    unit = {
        "name": "unit",
        "email": "a@example.com",
        "password": planted.add("unit's", "UnitPasswordPlanted"),
    }
    backup = _made(http.post(f"{CLOUD}/backupunits", json={"properties": unit}, headers=owner))
    changed = {"password": planted.add("unit's other", "OtherUnitPasswordPlanted")}
    _made(http.patch(f"{CLOUD}/backupunits/{backup['id']}", json=changed, headers=owner))
    sso = http.get(f"{CLOUD}/backupunits/{backup['id']}/ssourl", headers=owner).raise_for_status().json()
    planted.add("one-time url's signature", sso["ssoUrl"].rpartition(".")[2])
    _kubeconfig(http, owner, planted)

    refused = planted.add("refused image password", "Refused+Image-Password!")
    wrong = [
        {**disk, "imagePassword": refused},
        {**disk, "imagePassword": [refused]},
        {**disk, "userData": planted.add("refused user data", "not base64: planted!")},
        {**disk, "sshKeys": planted.add("refused ssh key", "ssh-rsa RefusedRefused")},
        {**disk, "imagePassword": planted.add("long image password", "LongPlanted" * 6)},
    ]
    answers = [
        http.post(f"{at}/volumes", json={"properties": properties}, headers=owner) for properties in wrong
    ]
    answers += [
        http.post(
            f"{CLOUD}/backupunits",
            json={"properties": {**unit, "name": "other", "password": {"in": refused}}},
            headers=owner,
        ),
        http.post(
            f"{at}/volumes",
            content=json.dumps({"properties": disk}).encode()[:-1],
            headers={**owner, "Content-Type": "application/json"},
        ),
        http.post(f"{at}/volumes", json=disk, headers=owner),
        http.post(f"{at}/volumes", json={"properties": [disk]}, headers=owner),
        http.post(f"{at}/volumes", json={"properties": {"unknown": refused}}, headers=owner),
    ]
    assert {answer.status_code for answer in answers} <= {400, 422}
    return answers


def _kubeconfig(http: httpx.Client, owner: dict[str, str], planted: Planted) -> None:
    cluster = _made(http.post(f"{CLOUD}/k8s", json={"properties": {"name": "k"}}, headers=owner))
    shown = http.get(f"{CLOUD}/k8s/{cluster['id']}/kubeconfig", headers=owner).raise_for_status()
    user = yaml.safe_load(shown.text)["users"][0]["user"]
    planted.add("kubeconfig's token", user["token"])


def _people(http: httpx.Client, owner: dict[str, str], planted: Planted) -> list[httpx.Response]:
    person = {"firstname": "A", "lastname": "B", "email": "a@example.com", "administrator": True}
    first = {**person, "password": planted.add("user's password", "UserPasswordPlanted")}
    user = _made(http.post(f"{CLOUD}/um/users", json={"properties": first}, headers=owner))
    at = f"{CLOUD}/um/users/{user['id']}"
    second = {**person, "forceSecAuth": False, "password": planted.add("new password", "NewPasswordPlanted")}
    _made(http.put(at, json={"properties": second}, headers=owner))
    key = _made(http.post(f"{at}/s3keys", headers=owner))
    planted.add("S3 secret", key["properties"]["secretKey"])
    refused = planted.add("refused password", "RefusedPasswordPlanted" * 60)
    return [
        http.post(
            f"{CLOUD}/um/users",
            json={"properties": {**person, "email": email, "password": password}},
            headers=owner,
        )
        for email, password in (
            ("b@example.com", refused),
            ("c@example.com", [refused]),
            ("a@example.com", planted.add("password of a taken name", "TakenPasswordPlanted")),
        )
    ]


def _wrong_credentials(http: httpx.Client, planted: Planted) -> list[httpx.Response]:
    """Credentials that do not count are nobody else's business either."""
    path = f"{CLOUD}/datacenters"
    forged = planted.add("forged token", "eyJhbGciOiJub25lIn0.PlantedForged")
    answers = [
        http.get(path, auth=(OWNER, planted.add("wrong password", "WrongPasswordPlanted"))),
        http.get(path, auth=(planted.add("password in the name's place", "NamePlacePlanted"), "x")),
        http.get(path, headers={"Authorization": f"Bearer {forged}"}),
        http.get(path, headers={"Authorization": planted.add("bare credentials", "BareCredentialsPlanted")}),
        http.get(path, headers={"Authorization": "Basic " + planted.add("no base64", "NoBase64Planted")}),
        http.get(
            f"{CONTROL}/metrics",
            headers={"Authorization": "Bearer " + planted.add("guessed admin token", "GuessedPlanted")},
        ),
    ]
    assert {answer.status_code for answer in answers} == {401}
    return answers


def _in_the_store(server: Server, planted: Planted) -> None:
    """What no API takes yet: a second factor, put into the same store beside the server."""
    if server.database is None:
        return  # one process owns the files: see the test of the store at rest
    asyncio.run(_enrol(server, planted))


async def _enrol(server: Server, planted: Planted) -> None:
    cloud = await build_cloud(load({}, server.given))
    user = await cloud.identity.users.find(OWNER)
    assert user is not None
    secret = (await cloud.identity.second_factor.enrol(user.id)).secret
    planted.add("second factor", secret)
    code = pyotp.TOTP(secret).at(Clock().wall() // SECOND)
    await cloud.identity.second_factor.confirm(user.id, code)
    cloud.identity.close()
    await cloud.store.close()


def test_no_second_factor_lies_open_in_the_files(tmp_path: Path, planted: Planted) -> None:
    (tmp_path / "data").mkdir()
    server = Server(tmp_path, None, planted)
    asyncio.run(_enrol(server, planted))
    stored = server.stored()
    assert OWNER.encode() in stored
    assert planted.found(stored) == []


@pytest.mark.parametrize("coded", [str.encode, lambda word: base64.b64encode(b"xy" + word.encode() + b"z")])
def test_what_is_planted_would_be_found(planted: Planted, coded: Any) -> None:
    for what, word in planted.words.items():
        assert planted.found(b"before " + coded(word) + b" after") == [what]
    assert planted.found(b"before \\x" + b"AdminTokenThatIsPlanted".hex().encode()) == ["admin token"]


def _made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201, 202), answer.text
    made: dict[str, Any] = answer.json()
    return made
