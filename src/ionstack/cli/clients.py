"""The clients that `ionstack exec` knows of: how each is led here, and how it learns whom to trust."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

SECONDS = 10
"""How long an interpreter may take to say what it can import."""


@dataclass(frozen=True, slots=True)
class Client:
    """One client. `proxy` and `trust` are the variables it reads, `gap` what the program has to do beside them."""

    name: str
    proxy: str = "HTTPS_PROXY"
    trust: str = "SSL_CERT_FILE"
    gap: str = ""

    @property
    def told(self) -> str:
        """What `exec` does for it, in a line."""
        how = f"led here by {self.proxy}" + (f", trusts by {self.trust}" if self.trust else "")
        return f"exec covers it only if {self.gap}; {how}" if self.gap else f"exec covers it: {how}"


COMMANDS = {
    "ionosctl": Client("ionosctl"),
    "terraform": Client("Terraform"),
    "tofu": Client("OpenTofu"),
    "pulumi": Client("Pulumi"),
    "ansible": Client("Ansible", "IONOS_HTTP_PROXY", "IONOS_CERTIFICATE_FINGERPRINT"),
    "curl": Client("curl", trust="CURL_CA_BUNDLE"),
    "aws": Client("aws", trust="AWS_CA_BUNDLE"),
    "s5cmd": Client("s5cmd"),
    "rclone": Client("rclone"),
    "node": Client("Node", trust="NODE_EXTRA_CA_CERTS", gap="the program asks for a proxy itself"),
}
"""By the command to be found."""

_UNTRUSTING = "the program sets configuration.ssl_ca_cert from SSL_CERT_FILE"
PYTHON = {
    "requests": Client("requests", trust="REQUESTS_CA_BUNDLE"),
    "boto3": Client("boto3", trust="AWS_CA_BUNDLE"),
    **{
        f"ionoscloud{product}": Client(f"Python SDK{noun}", "IONOS_HTTP_PROXY", "", _UNTRUSTING)
        for product, noun in {
            "": "", "_dbaas_postgres": " (PostgreSQL)", "_dbaas_mongo": " (MongoDB)", "_dns": " (DNS)",
            "_cert_manager": " (certificates)", "_vm_autoscaling": " (VM autoscaling)",
            "_container_registry": " (registry)", "_dataplatform": " (data platform)", "_logging": " (logging)",
        }.items()
    },
}  # fmt: skip
"""By the module that the `python3` on the path can import."""

NODE = {
    "@ionos-cloud/sdk-nodejs": Client(
        "Node SDK", trust="NODE_EXTRA_CA_CERTS", gap="the program gives it a proxy agent"
    )
}
"""By the package that the `node` on the path finds from here."""


def installed() -> Iterator[Client]:
    """The clients that are on this machine."""
    yield from (client for command, client in COMMANDS.items() if shutil.which(command))
    find = "import importlib.util as u, json, sys; print(json.dumps([n for n in sys.argv[1:] if u.find_spec(n)]))"
    yield from (PYTHON[name] for name in _answer("python3", "-c", find, *PYTHON))
    look = "n => {try {require.resolve(n); return true} catch {return false}}"
    script = f"console.log(JSON.stringify(process.argv.slice(1).filter({look})))"
    yield from (NODE[name] for name in _answer("node", "-e", script, "--", *NODE))


def _answer(program: str, *arguments: str) -> list[str]:
    """The names that a program prints as JSON; none if it is not here or cannot tell."""
    found = shutil.which(program)
    if found is None:
        return []
    try:
        ran = subprocess.run(  # noqa: S603  our own words alone
            [found, *arguments], capture_output=True, check=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
        names: list[str] = json.loads(ran.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    return names
