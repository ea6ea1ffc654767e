"""`GET /k8s/{id}/kubeconfig`: how a client reaches a cluster.

Certificate and token follow from the master key and the cluster, so they are kept nowhere and are the same
in every answer. The address leads to this machine, where no Kubernetes listens.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from ionstack.apis.cloudapi.k8scluster import k8sclusters
from ionstack.catalogue.access import CHANGER
from ionstack.catalogue.operation import Answer, Call, Operation, Reply
from ionstack.dialects.cloudapi.parameters import COMMON, SEARCHING, path_parameters
from ionstack.dialects.target import Target
from ionstack.dialects.text import state
from ionstack.engine import documents
from ionstack.engine.clock import SECOND
from ionstack.engine.row import Row
from ionstack.errors import Invalid
from ionstack.identity.vault import Vault, purpose_of
from ionstack.store.port import Tx

if TYPE_CHECKING:
    from ionstack.app import Cloud

YAML, OLD_YAML, JSON = "application/yaml", "application/x-yaml", "application/json"
LASTS = timedelta(days=3650)
_TARGET = Target(k8sclusters)


async def show(cloud: Cloud, call: Call) -> Answer:
    """The kubeconfig of an active cluster, in the form that the client accepts; Invalid for any other."""

    async def work(tx: Tx) -> Row:
        return await _TARGET.changeable(tx, call)

    row = await cloud.engine.read(work)
    now = state(k8sclusters.resource, row)
    if now != "ACTIVE":
        raise Invalid(
            f"The kubeconfig is there once the Kubernetes cluster is ACTIVE. Current state of the resource is {now}.",
            code="200",
        )
    config = document(cloud.vault, row)
    wanted = _accepted(call.headers.get("accept", ""))
    text = orjson.dumps(config, option=orjson.OPT_INDENT_2) if wanted == JSON else yaml(config).encode()
    return Answer(200, text, media_type=wanted)


def document(vault: Vault, row: Row) -> dict[str, Any]:
    """The kubeconfig of a cluster."""
    name = documents.load(row.desired)["name"]
    user, context = "cluster-admin", f"cluster-admin@{name}"
    authority = base64.b64encode(_authority(vault, row)).decode()
    token = vault.digest(purpose_of(row.contract, row.id, "kubeconfig token"), b"").hex()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": f"https://{row.id}.k8s.localhost:6443",
                    "certificate-authority-data": authority,
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": name, "user": user}}],
        "users": [{"name": user, "user": {"token": token}}],
        "preferences": {},
    }


def yaml(value: Any, indent: str = "") -> str:
    """Objects and lists as blocks of YAML, every text as JSON writes it, which YAML reads alike."""
    if isinstance(value, dict) and value:
        lines = []
        for key, inner in value.items():
            block = bool(inner) and isinstance(inner, dict | list)
            deeper = f"{indent}  " if isinstance(inner, dict) else indent
            lines.append(
                f"{indent}{key}:\n{yaml(inner, deeper)}" if block else f"{indent}{key}: {yaml(inner)}\n"
            )
        return "".join(lines)
    if isinstance(value, list) and value:
        return "".join(f"{indent}- {yaml(one, f'{indent}  ').lstrip()}" for one in value)
    return orjson.dumps(value).decode()


def _authority(vault: Vault, row: Row) -> bytes:
    """The certificate (PEM) of the cluster's authority. Ed25519 signs the same the same way each time."""
    seed = vault.digest(purpose_of(row.contract, row.id, "kubeconfig authority"), b"")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"kubernetes {row.id}")])
    since = datetime.fromtimestamp(row.created // SECOND, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int(row.id.replace("-", ""), 16))
        .not_valid_before(since)
        .not_valid_after(since + LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, None)
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _accepted(header: str) -> str:
    """The first media type of the header that there is; YAML without one."""
    for part in header.lower().split(","):
        name = part.split(";", 1)[0].strip()
        if name in (YAML, OLD_YAML, JSON):
            return name
    return YAML


def operations() -> Sequence[Operation]:
    """`GET /k8s/{k8sClusterId}/kubeconfig`."""
    path = f"{k8sclusters.item}/kubeconfig"
    return [
        Operation(
            id="k8sKubeconfigGet",
            method="GET",
            path=path,
            handler=show,
            replies={200: Reply({"type": "object"}, media_type=YAML, others=(OLD_YAML, JSON))},
            tag="Kubernetes",
            summary="Retrieve the kubeconfig of a cluster",
            parameters=(*path_parameters(path), *COMMON, *SEARCHING),
            errors=(404, 422),
            access=CHANGER,
        )
    ]
