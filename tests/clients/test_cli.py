"""The command line against real servers, as a shell and CI use it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest

from ionstack.engine.clock import Clock
from ionstack.server import presence, tls
from tests.clients.shell import DEADLINE, Shell, get, until


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.run("stop")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A terminal in which a server runs in the background."""
    shell = Shell(tmp_path_factory.mktemp("served"))
    shell.run("start -d")
    yield shell
    shell.run("stop")
    assert json.loads(shell.run("status --json", code=1).stdout)["status"] == "stopped"


def variables(shell: Shell, lines: str, **before: str) -> dict[str, str]:
    """The environment after a POSIX shell has evaluated some lines."""
    script = 'eval "$LINES_TO_READ"; env -0'
    ran = subprocess.run(
        ["sh", "-c", script], env={"PATH": os.environ["PATH"], "LINES_TO_READ": lines, **before},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    pairs = (pair.split("=", 1) for pair in ran.stdout.split("\0") if "=" in pair)
    return {name: value for name, value in pairs if name.startswith("IONOS")}


def test_the_life_of_a_server_in_ci(shell: Shell) -> None:
    started = shell.run("start -d --json")
    ready = json.loads(started.stdout)
    assert ready["event"] == "ready"
    assert (shell.data / "server.json").stat().st_mode & 0o777 == 0o600
    assert "credentials" in started.stderr
    shell.run("wait --timeout 10")
    status = json.loads(shell.run("status --json").stdout)
    assert (status["status"], status["api"], status["pid"]) == ("ready", ready["api"], ready["pid"])
    assert "FAULT" not in shell.run("doctor").stdout
    assert "ok     objects      0 with 0 bytes, 0 damaged" in shell.run("doctor --objects").stdout
    shell.run("stop")
    assert not (shell.data / "server.json").exists()
    api = urlsplit(ready["api"])
    assert not _accepts(api.hostname or "", api.port or 0)


def test_the_greeting_says_where_the_password_lies_and_never_the_password(shell: Shell) -> None:
    greeting = shell.run("start -d").stderr
    file = shell.data / "credentials"
    assert str(file) in greeting
    assert file.stat().st_mode & 0o777 == 0o600
    kept = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert kept["IONSTACK_PASSWORD"] not in greeting
    assert kept["IONSTACK_PASSWORD"] not in (shell.data / "server.log").read_text()
    assert 'eval "$(' in greeting


def test_a_chosen_owner_is_the_owner(shell: Shell) -> None:
    shell.variables = {"IONSTACK_USERNAME": "x@y", "IONSTACK_PASSWORD": "p:w"}
    api = json.loads(shell.run("start -d --json").stdout)["api"]
    basic = {"Authorization": "Basic eEB5OnA6dw=="}
    assert get(f"{api}/cloudapi/v6/datacenters", basic)[0] == 200
    assert not (shell.data / "credentials").exists()


@pytest.mark.parametrize(
    ("client", "path"),
    [
        ("terraform", ""), ("ionosctl", ""), ("shell", ""), ("ansible", "/cloudapi/v6"), ("python", "/cloudapi/v6"),
        ("node", "/cloudapi/v6"),
    ],
)  # fmt: skip
def test_env_points_a_client_here_and_nowhere_else(served: Shell, client: str, path: str) -> None:
    api = json.loads(served.run("status --json").stdout)["api"]
    real = {
        "IONOS_USERNAME": "real@account", "IONOS_PASSWORD": "real", "IONOS_TOKEN": "real",
        "IONOS_S3_ACCESS_KEY": "real", "IONOS_S3_SECRET_KEY": "real", "IONOS_CONTRACT_NUMBER": "1",
    }  # fmt: skip
    found = variables(served, served.run(f"env {client}").stdout, **real)
    assert found.keys() == {"IONOS_API_URL", "IONOS_TOKEN"}
    assert found["IONOS_API_URL"] == api + path
    status, _ = get(f"{api}/cloudapi/v6/datacenters", {"Authorization": f"Bearer {found['IONOS_TOKEN']}"})
    assert status == 200


def test_config_writes_beside_the_work_and_touches_nothing_of_the_users(served: Shell) -> None:
    printed = served.run("config").stdout
    file = served.home / ".ionstack" / "config.yaml"
    assert file.stat().st_mode & 0o777 == 0o600
    found = variables(served, printed, IONOS_API_URL="https://api.example", IONOS_USERNAME="real@account")
    assert found.keys() == {"IONOS_CONFIG_FILE", "IONOS_TOKEN"}
    assert found["IONOS_CONFIG_FILE"] == str(file)
    assert found["IONOS_TOKEN"] in file.read_text()
    assert not (served.home / ".ionos").exists()


def test_tokens_and_contracts_by_the_running_server_and_without_one(shell: Shell) -> None:
    api = json.loads(shell.run("start -d --json").stdout)["api"]
    made = json.loads(shell.run("contract create --email x@y --json").stdout)
    number = made["contractNumber"]
    token = shell.run(f"token create --user x@y --contract {number} --ttl 600").stdout.strip()
    bearer = {"Authorization": f"Bearer {token}"}
    assert get(f"{api}/cloudapi/v6/datacenters", bearer)[0] == 200
    shell.run(f"fault add {number} --status 503")
    assert get(f"{api}/cloudapi/v6/datacenters", bearer)[0] == 503
    shell.run("stop")

    assert str(number) in shell.run("contract list").stdout
    listed = json.loads(shell.run("token list --user x@y --json").stdout)
    assert len(listed) == 2
    offline = shell.run("token create --user x@y").stdout.strip()
    for one in listed:
        shell.run(f"token delete {one['id']}")
    shell.run("token delete nosuch", code=1)

    api = json.loads(shell.run("start -d --json").stdout)["api"]
    assert get(f"{api}/cloudapi/v6/datacenters", bearer)[0] == 401
    assert get(f"{api}/cloudapi/v6/datacenters", {"Authorization": f"Bearer {offline}"})[0] == 200
    shell.run(f"contract drop {number}")
    assert get(f"{api}/cloudapi/v6/datacenters", {"Authorization": f"Bearer {offline}"})[0] == 401


def test_a_server_elsewhere_is_reached_by_its_url(served: Shell, tmp_path: Path) -> None:
    api = json.loads(served.run("status --json").stdout)["api"]
    away = Shell(tmp_path, {"IONSTACK_ADMIN_TOKEN": (served.data / "admin.token").read_text().strip()})
    away.run(f"wait --server {api}")
    assert away.run(f"token create --server {api}").stdout.count(".") == 2
    assert "Ionstack" in away.run(f"doctor --server {api}").stdout
    away.variables = {"IONSTACK_ADMIN_TOKEN": "wrong"}
    assert "needs the admin token" in away.run(f"contract list --server {api}", code=1).stderr
    assert not away.data.exists()


def test_a_second_server_is_refused_and_the_first_goes_on(served: Shell) -> None:
    for line in ("serve", "start -d"):
        refused = served.run(line, code=1).stderr
        assert refused.startswith("ionstack: the data directory")
        assert refused.count("\n") == 1
    served.run("status")


def test_a_taken_port_is_one_line(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for line in (f"serve --port {port}", f"start -d --port {port}"):
            refused = shell.run(line, code=1).stderr
            assert refused == (
                f"ionstack: port {port} on 127.0.0.1 is taken: "
                "stop what listens there, or choose another with --port\n"
            )
        shell.variables = {"IONSTACK_PORT": str(port)}
        assert f"FAULT  port         port {port}" in shell.run("doctor", code=1).stdout


def test_a_data_directory_that_cannot_be_made_is_one_line(shell: Shell) -> None:
    (shell.home / "file").write_text("")
    refused = shell.run(f"serve --data-dir {shell.home}/file/below", code=1).stderr
    assert refused.startswith(f"ionstack: the data directory {shell.home}/file/below cannot be written")
    assert refused.count("\n") == 1


def test_a_database_that_is_away_is_one_line_without_its_password(shell: Shell) -> None:
    shell.variables = {"IONSTACK_MASTER_KEY": "00" * 32}
    refused = shell.run("serve --database postgresql://me:hush@127.0.0.1:1/none", code=1).stderr
    assert "hush" not in refused
    assert refused.startswith("ionstack: ")
    assert refused.count("\n") == 1


def test_a_variable_that_means_nothing_is_told(shell: Shell) -> None:
    shell.variables = {"IONSTACK_PROT": "1"}
    assert (
        "IONSTACK_PROT means nothing to Ionstack; did you mean IONSTACK_PORT?" in shell.run("start -d").stderr
    )


def test_what_a_killed_server_left_does_not_hinder_the_next(shell: Shell) -> None:
    killed = json.loads(shell.run("start -d --json").stdout)["pid"]
    os.kill(killed, signal.SIGKILL)
    until(lambda: presence.find(shell.data) is None, "the killed server's lock is released")
    assert (shell.data / "server.json").exists()
    assert json.loads(shell.run("status --json", code=1).stdout)["status"] == "stopped"
    assert json.loads(shell.run("start -d --json").stdout)["pid"] != killed


def test_a_call_under_way_is_finished_before_the_end(shell: Shell) -> None:
    with shell.begin("serve") as serving:
        assert serving.stdout is not None
        api = urlsplit(json.loads(serving.stdout.readline())["api"])
        with socket.create_connection((api.hostname, api.port), timeout=DEADLINE) as client:
            body = b'{"properties": {}}'
            head = f"POST /_ionstack/contracts HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            client.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body[:5])
            until(lambda: _reading(api.geturl()), "the server waits for the body")
            serving.send_signal(signal.SIGTERM)
            until(lambda: not _accepts(api.hostname or "", api.port or 0), "the server takes no more calls")
            client.sendall(body[5:])
            assert client.recv(65536).startswith(b"HTTP/1.1 401")
        assert serving.wait(DEADLINE) == 0


def test_an_ephemeral_server_is_found_and_leaves_nothing(shell: Shell) -> None:
    ready = json.loads(shell.run("start -d --ephemeral --json").stdout)
    assert Path(ready["data_dir"]).is_dir()
    assert json.loads(shell.run("status --json").stdout)["pid"] == ready["pid"]
    assert shell.run("env python").stdout.count("export") == 2
    shell.run("stop")
    assert not Path(ready["data_dir"]).exists()


def test_https_with_an_authority_of_its_own(shell: Shell) -> None:
    ready = json.loads(shell.run("start -d --tls --json").stdout)
    assert ready["api"].startswith("https://")
    shell.run("wait")
    found = variables(shell, shell.run("env terraform").stdout)
    assert len(found["IONOS_PINNED_CERT"]) == 64
    assert "certificateAuthData" in _written(shell)


def test_https_with_a_certificate_from_elsewhere(shell: Shell) -> None:
    files = tls.ensure(shell.home / "given", ["cloud.example.com"], Clock().wall())
    ready = shell.run(f"start -d --tls-certificate {files.certificate} --tls-key {files.key} --json").stdout
    assert json.loads(ready)["certificate_authority"] is None
    shell.run("wait")
    assert variables(shell, shell.run("env node").stdout).keys() == {"IONOS_API_URL", "IONOS_TOKEN"}


def _written(shell: Shell) -> str:
    shell.run("config")
    return (shell.home / ".ionstack" / "config.yaml").read_text()


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _reading(api: str) -> bool:
    """Calls on another connection are answered: the loop has turned since ours began."""
    return get(f"{api}/_ionstack/health", {})[0] == 200


def test_the_limits_of_a_contract_are_shown_and_changed(served: Shell) -> None:
    number = json.loads(served.run("contract create --json").stdout)["contractNumber"]
    shown = served.run(f"contract limit {number} coresPerContract=16 reservableIps=4 --rate 600").stdout
    lines = [line.split() for line in shown.splitlines()]
    assert ["coresPerContract", "16", "0"] in lines
    assert ["coresPerServer", "62"] in lines
    assert ["calls", "a", "minute", "600"] in lines
    kept = json.loads(served.run(f"contract limit {number} --rate server --json").stdout)
    assert (kept["limits"]["reservableIps"], kept["used"]["reservableIps"], kept["rateLimit"]) == (4, 0, None)
    assert "nosuch" in served.run(f"contract limit {number} nosuch=1", code=1).stderr
    assert "NAME=VALUE" in served.run(f"contract limit {number} coresPerContract", code=2).stderr
    assert "whole number" in served.run(f"contract limit {number} coresPerContract=-1", code=2).stderr


def test_a_user_gets_a_second_factor_and_signs_in_by_it(served: Shell, tmp_path: Path) -> None:
    made = json.loads(served.run("contract create --json").stdout)
    user, url = made["username"], json.loads(served.run("status --json").stdout)["api"]
    away = Shell(tmp_path, variables={"IONOS_PASSWORD": made["password"]})
    own = f"--server {url} --user {user} --own"
    secret = away.run(f"second-factor enrol {own}").stdout.split()[1]
    clock = Clock()
    now = clock.wall() // 1_000_000
    codes = away.run(f"second-factor confirm {own} {pyotp.TOTP(secret).at(now)}").stdout.split()
    assert len(codes) == 10
    shown = json.loads(served.run(f"second-factor show --user {user} --json").stdout)
    assert shown == {"active": True, "forced": False, "recoveryCodes": 10}
    token = away.run(f"second-factor token --server {url} --user {user} {codes[0]}").stdout.strip()
    assert get(f"{url}/cloudapi/v6/datacenters", {"Authorization": f"Bearer {token}"})[0] == 200
    assert "one-time password" in away.run(f"second-factor remove {own}", code=1).stderr
    renewed = served.run(f"second-factor codes --user {user}").stdout.split()
    away.run(f"second-factor remove {own} --code {renewed[0]}")
    assert "in force        no" in served.run(f"second-factor show --user {user}").stdout
    served.run(f"second-factor enrol --user {user}")
    served.run(f"second-factor remove --user {user}")
    assert "There is no user" in served.run("second-factor show --user nobody@nowhere", code=1).stderr
