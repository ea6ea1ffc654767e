"""`ionstack exec`: official host names end at the server, all others where they want to."""

from __future__ import annotations

import json
import shlex
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ionstack.cli.execute import environment, official
from tests.clients.shell import Shell


@pytest.fixture(scope="module", params=["http", "https"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    shell = Shell(tmp_path_factory.mktemp("served"))
    shell.run("start -d" + (" --tls" if request.param == "https" else ""))
    yield shell
    shell.run("stop")


def behind(shell: Shell, script: str, code: int = 0) -> str:
    """What a shell script prints that runs behind the proxy."""
    return shell.run(f"exec -- sh -c {shlex.quote(script)}", code=code).stdout


CURL = 'curl -sS -H "Authorization: Bearer $IONOS_TOKEN"'


def test_an_official_host_is_the_server(served: Shell) -> None:
    listed = json.loads(behind(served, f"{CURL} https://api.ionos.com/cloudapi/v6/datacenters"))
    assert listed["type"] == "collection"
    assert listed["href"] == "https://api.ionos.com/cloudapi/v6/datacenters"


def test_hosts_of_products_and_buckets_are_the_server_too(served: Shell) -> None:
    zones = behind(served, f"{CURL} -o /dev/null -w '%{{http_code}}' https://dns.de-fra.ionos.com/zones")
    assert zones == "501"  # served here, and said not to be served yet
    bucket = behind(served, f"{CURL} https://mybucket.s3.eu-central-3.ionoscloud.com/")
    assert "<Code>InvalidArgument</Code>" in bucket  # a token is no signature


def test_python_trusts_it_as_well(served: Shell) -> None:
    script = (
        "import os, urllib.request as u;"
        "r = u.Request('https://api.ionos.com/auth/v1/tokens',"
        " headers={'Authorization': 'Bearer ' + os.environ['IONOS_TOKEN']});"
        "print(u.urlopen(r).status)"
    )
    assert served.run(f"exec -- python3 -c {shlex.quote(script)}").stdout.strip() == "200"


def test_the_official_sdk_with_its_built_in_host_comes_here(served: Shell) -> None:
    script = (
        "import ionoscloud as i, os;"
        "k = i.Configuration(token=os.environ['IONOS_TOKEN']); k.ssl_ca_cert = os.environ['SSL_CERT_FILE'];"
        "c = i.ApiClient(k);"
        "print(c.configuration.host, len(i.LocationsApi(c).locations_get().items))"
    )
    host, count = served.run(f"exec -- {sys.executable} -c {shlex.quote(script)}").stdout.split()
    assert host == "https://api.ionos.com/cloudapi/v6"
    assert int(count) >= 11


def test_the_exit_code_is_the_commands(served: Shell) -> None:
    behind(served, "exit 7", code=7)
    behind(served, "kill -TERM $$", code=143)
    assert "cannot be run" in served.run("exec -- ./nowhere", code=1).stderr


class _Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"you said " + self.rfile.readline())


def test_all_else_goes_where_it_wants_untouched(served: Shell) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), _Echo) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        script = (
            "import os, socket, urllib.parse as p;"
            "s = socket.create_connection(('127.0.0.1', p.urlsplit(os.environ['HTTPS_PROXY']).port));"
            f"s.sendall(b'CONNECT 127.0.0.1:{elsewhere.server_address[1]} HTTP/1.1\\r\\n\\r\\n');"
            "print(s.recv(99).split()[1].decode());"
            "s.sendall(b'hello\\n');"
            "print(s.recv(99).decode().strip())"
        )
        shown = served.run(f"exec -- python3 -c {shlex.quote(script)}").stdout.split("\n")
        elsewhere.shutdown()
    assert shown[:2] == ["200", "you said hello"]


def test_without_a_server_nothing_is_run(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "no server runs" in shell.run("exec -- touch made", code=1).stderr
    assert not (tmp_path / "made").exists()


def test_nothing_of_a_real_account_comes_along() -> None:
    before = {
        "IONOS_USERNAME": "real", "IONOS_PASSWORD": "real", "IONOS_TOKEN": "real", "NO_PROXY": "api.ionos.com",
        "IONOS_API_URL": "https://elsewhere.example", "PATH": "/bin",
    }  # fmt: skip
    after = environment(before, 1234, Path("/trusted.pem"), "ours")
    assert "real" not in after.values()
    assert {"NO_PROXY", "IONOS_API_URL"}.isdisjoint(after)
    assert (after["IONOS_TOKEN"], after["PATH"], after["HTTPS_PROXY"]) == (
        "ours", "/bin", "http://127.0.0.1:1234",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("api.ionos.com", True),
        ("dns.de-fra.ionos.com", True),
        ("s3.ionos.com", True),
        ("s3.eu-central-3.ionoscloud.com", True),
        ("bucket.s3.eu-central-3.ionoscloud.com", True),
        ("www.ionos.com", False),
        ("ionos.com", False),
        ("api.ionos.com.evil.example", False),
        ("example.com", False),
    ],
)
def test_exactly_the_official_names_end_here(host: str, here: bool) -> None:
    assert official(host) is here
