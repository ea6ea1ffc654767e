"""`ionstack exec`: run a command whose official host names end here.

Some clients have the vendor's hosts built in, so no variable points them elsewhere. The command runs behind
a proxy that leads just these names here, under a certificate authority made for it alone.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ionstack.cli.env import DEFAULT_TTL, FOREIGN, mint
from ionstack.cli.options import target_options, token_options
from ionstack.cli.remote import Remote
from ionstack.cli.target import control
from ionstack.errors import UsageError

if TYPE_CHECKING:
    from ionstack.server.detour import Place

PROXY = ("HTTPS_PROXY", "https_proxy", "IONOS_HTTP_PROXY")
"""The proxy of nearly all clients, and of the vendor's Python SDKs, which know none of the usual variables."""

TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""What Go, Python with requests, curl, boto3 and Node read; each gets our authority and the system's."""

ELSEWHERE = ("IONOS_API_URL", "IONOS_PINNED_CERT", "IONOS_CERTIFICATE_FINGERPRINT", "NO_PROXY", "no_proxy")
"""What would lead past the proxy, or refuse its certificate."""


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@target_options
@token_options
@click.option(
    "--ttl", metavar="SECONDS", type=int, default=DEFAULT_TTL, show_default=True, help="Life of the token."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def execute(
    command: tuple[str, ...],
    user: str | None,
    contract: int | None,
    otp: str | None,
    ttl: int,
    **flags: Any,
) -> int:
    """Run a command whose official host names end here.

    For clients that have api.ionos.com and its like built in. The command is run with a proxy for exactly
    these names, a certificate authority to trust and a new token; calls to all other hosts go there untouched.
    The variables of a real account are taken away, so that a call which goes astray cannot reach it.

    \b
    Example: ionstack exec -- curl -H "Authorization: Bearer $IONOS_TOKEN" https://api.ionos.com/cloudapi/v6/
             ionstack exec -- terraform apply
    """
    with control(flags) as server:
        if not isinstance(server, Remote):
            raise UsageError("no server runs: start one with `ionstack serve` or `ionstack start`")
        token, place = mint(server, user, contract, otp, ttl), _place(server)
    import asyncio

    with tempfile.TemporaryDirectory(prefix="ionstack-") as directory:
        return asyncio.run(_run(command, token, place, Path(directory)))


async def _run(command: Sequence[str], token: str, place: Place, directory: Path) -> int:
    """Run the command behind the proxy; its exit code."""
    import asyncio

    from ionstack.engine.clock import Clock
    from ionstack.server import tls
    from ionstack.server.detour import Detour

    files = tls.ensure(directory / "tls", [*hosts(), *(f"*.{host}" for host in _buckets())], Clock().wall())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    bundle = directory / "trusted.pem"
    authority = (directory / "tls" / "ca.pem").read_text("ascii")
    bundle.write_text(f"{_system_authorities(os.environ)}\n{authority}")
    async with Detour(official, place, context).open() as port:
        variables = environment(os.environ, port, bundle, token)
        # The Ansible collection trusts certifi's authorities alone, or one certificate by its fingerprint.
        variables["IONOS_CERTIFICATE_FINGERPRINT"] = _fingerprint(files.certificate)
        try:
            running = await asyncio.create_subprocess_exec(*command, env=variables)
        except OSError as error:
            raise UsageError(f"{command[0]} cannot be run: {error.strerror}") from None
        code = await running.wait()
    return code if code >= 0 else 128 - code


def environment(before: Mapping[str, str], port: int, bundle: Path, token: str) -> dict[str, str]:
    """The variables of the command: the proxy, whom to trust, a token, and no real account."""
    kept = {name: value for name, value in before.items() if name not in {*FOREIGN, *ELSEWHERE}}
    proxy = dict.fromkeys(PROXY, f"http://127.0.0.1:{port}")
    return {**kept, **proxy, **dict.fromkeys(TRUST, str(bundle)), "IONOS_TOKEN": token}


def _fingerprint(certificate: Path) -> str:
    """The SHA-256 of a certificate, in hexadecimal digits."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text("ascii"))).hexdigest()


def hosts() -> list[str]:
    """The official hosts of every API and of object storage."""
    from ionstack.apis.index import APIS
    from ionstack.objectstorage import endpoints

    found = {host for api in APIS for host in api.hosts.values()}
    return sorted(name for name in {*found, *_buckets(), *_all(endpoints.WEBSITES)} if name)


def official(host: str) -> bool:
    """Whether calls to a host end here: one of the official ones, or a bucket of theirs."""
    return host in _HOSTS or host.partition(".")[2] in _BUCKETS


def _buckets() -> list[str]:
    """The hosts before which the name of a bucket may stand."""
    from ionstack.objectstorage import endpoints

    return _all(endpoints.REGIONS)


def _all(table: Mapping[str, Iterable[str]]) -> list[str]:
    return [host for found in table.values() for host in found]


_HOSTS, _BUCKETS = frozenset(hosts()), frozenset(_buckets())


def _place(server: Remote) -> Place:
    from ionstack.server.detour import Place

    parts = urlsplit(server.url)
    secure = parts.scheme == "https"
    return Place(
        parts.hostname or "", parts.port or (443 if secure else 80), server.trust() if secure else None
    )


def _system_authorities(variables: Mapping[str, str]) -> str:
    """The authorities that are trusted without us, as far as a file has them."""
    paths = ssl.get_default_verify_paths()
    for name in (variables.get("SSL_CERT_FILE"), paths.cafile, paths.openssl_cafile, *_BUNDLES):
        if name and Path(name).is_file():
            return Path(name).read_text("utf-8", "replace")
    return ""


_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
