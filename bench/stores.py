"""Object stores as processes of their own: Ionstack in both its modes, and its peers.

Durable means that a PUT is answered when its data have been forced to the disk; whether a peer does so is not
taken from its manual but counted, by the calls of fsync that it makes while it is written to.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.load import Failed
from bench.server import API, DEADLINE, PEERS, ROOT, Server, free_port, peer, starting

ACCESS, SECRET, BUCKET = "bench", "benchsecret", "bench"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A running store with an empty bucket. `pids` are all its processes."""

    url: str
    access: str
    secret: str
    pids: Sequence[int]
    region: str = "us-east-1"
    client: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "client", self._client())
        self.client.create_bucket(Bucket=BUCKET)

    def signed(self, call: str, key: str = "", **parameters: object) -> str:
        """The path of a call signed for an hour, as any HTTP client can make it."""
        named = {"Bucket": BUCKET, **({"Key": key} if key else {}), **parameters}
        url: str = self.client.generate_presigned_url(call, Params=named, ExpiresIn=3600)
        return url.removeprefix(self.url)

    @property
    def server(self) -> Server:
        """The same for the load generator."""
        return Server(self.url, self.pids[0], form="application/octet-stream")

    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path", "payload_signing_enabled": False},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 0},
            read_timeout=600,
        )
        return boto3.client(
            "s3", endpoint_url=self.url, region_name=self.region, config=config,
            aws_access_key_id=self.access, aws_secret_access_key=self.secret,
        )  # fmt: skip


@contextmanager
def ionstack(directory: Path, *, durable: bool = True, database: str = "") -> Iterator[ObjectStore]:
    """Ionstack with its default settings but for its durability."""
    settings = {} if durable else {"IONSTACK_S3_DURABILITY": "relaxed"}
    with starting(directory, database=database, settings=settings) as (server, told):
        (owner,) = server.json(f"{API}/um/users")["items"]
        key = server.json(f"{API}/um/users/{owner['id']}/s3keys", {})
        yield ObjectStore(told["s3"], key["id"], key["properties"]["secretKey"], [server.pid], "de")


@contextmanager
def seaweedfs(directory: Path) -> Iterator[ObjectStore]:
    """SeaweedFS with everything in one process. It forces nothing to the disk."""
    directory.mkdir(parents=True)
    keys = directory / "s3.json"
    credentials = {"accessKey": ACCESS, "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    keys.write_text(
        json.dumps({"identities": [{"name": "bench", "credentials": [credentials], "actions": actions}]})
    )
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    options = [f"-{name}.port={port}" for name, port in ports.items()]
    options += [f"-{name}.port.grpc={free_port()}" for name in ports]
    command = [str(PEERS / "bin" / "weed"), "server", f"-dir={directory}", "-ip=127.0.0.1"]
    command += ["-s3", f"-s3.config={keys}", *options]
    with peer(command, ports["s3"], directory / "log") as pid:
        yield _patient(f"http://127.0.0.1:{ports['s3']}", [pid])


@contextmanager
def rclone(directory: Path) -> Iterator[ObjectStore]:
    """rclone's S3 server over a directory. It forces nothing to the disk."""
    data = directory / "data"
    data.mkdir(parents=True)
    port = free_port()
    command = [str(PEERS / "bin" / "rclone"), "serve", "s3", "--auth-key", f"{ACCESS},{SECRET}"]
    with peer([*command, "--addr", f"127.0.0.1:{port}", str(data)], port, directory / "log") as pid:
        yield _patient(f"http://127.0.0.1:{port}", [pid])


@contextmanager
def moto(directory: Path) -> Iterator[ObjectStore]:
    """moto's server, which keeps all in memory and verifies no signature."""
    directory.mkdir(parents=True)
    port = free_port()
    command = [str(PEERS / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with peer(command, port, directory / "log") as pid:
        yield _patient(f"http://127.0.0.1:{port}", [pid])


@contextmanager
def ceph(directory: Path, *, durable: bool) -> Iterator[ObjectStore]:
    """Ceph's RGW over one OSD: BlueStore, which forces its log to the disk, or all in memory."""
    directory = directory.resolve()
    for name in ("mon", "osd", "run", "log", "rgw"):
        (directory / name).mkdir(parents=True)
    port, mon, told, map = free_port(), free_port(), directory / "ceph.conf", directory / "monmap"
    told.write_text(_CEPH.format(d=directory, mon=mon, port=port, store="blue" if durable else "mem"))
    with ExitStack() as daemons:
        daemons.callback(_end, directory / "run")
        _ceph(told, f"monmaptool --create --fsid {_CLUSTER} --addv a [v1:127.0.0.1:{mon}] {map}")
        _ceph(told, f"ceph-mon --mkfs -i a --monmap {map}", "ceph-mon -i a")
        _ceph(told, f"ceph osd new {_OSD}", f"ceph-osd -i 0 --mkfs --osd-uuid {_OSD}", "ceph-osd -i 0")
        _ceph(told, "radosgw -n client.rgw")
        user = f"radosgw-admin user create --uid {ACCESS} --display-name {ACCESS}"
        _ceph(told, f"{user} --access-key {ACCESS} --secret {SECRET}")
        pids = [int(file.read_text()) for file in sorted((directory / "run").glob("*.pid"), reverse=True)]
        yield _patient(f"http://127.0.0.1:{port}", pids)


def _patient(url: str, pids: Sequence[int]) -> ObjectStore:
    """A store that may not be ready for a bucket yet although it answers."""
    from botocore.exceptions import BotoCoreError, ClientError

    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            return ObjectStore(url, ACCESS, SECRET, pids)
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > deadline:
                raise Failed(f"{url} takes no bucket: {error}") from error
            time.sleep(0.5)


def _ceph(told: Path, *commands: str) -> None:
    """Run Ceph's commands; one may come before the daemons have told each other of the one before."""
    for command in commands:
        program, *rest = command.split()
        words = [program, "-c", str(told), *rest]
        for _ in range(5):
            done = subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=ROOT)
            if not done.returncode:
                break
            time.sleep(1)
        else:
            raise Failed(f"{command}: {done.stderr.strip()[-300:]}")


def _end(run: Path) -> None:
    """End the daemons, the gateway first."""
    for file in sorted(run.glob("*.pid"), reverse=True):
        pid = int(file.read_text())
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        if Path(f"/proc/{pid}").exists():
            os.kill(pid, signal.SIGKILL)


def syncs(pids: Sequence[int], seconds: float) -> int | None:
    """How often processes force data to the disk in so many seconds; None where strace is not there."""
    if shutil.which("strace") is None:
        return None
    words = [word for pid in pids for word in ("-p", str(pid))]
    command = ["timeout", str(seconds), "strace", "-qq", "-f", "-e", "trace=fsync,fdatasync,sync_file_range"]
    traced = subprocess.run([*command, *words], capture_output=True, text=True)
    return sum(1 for line in traced.stderr.splitlines() if "sync(" in line)


_OSD = "4a3d3f2e-1c5b-4e6a-9f7d-0b1c2d3e4f50"
_CLUSTER = "0d7b7c86-2a51-4c0e-8d6f-7a9b5c3e1f20"
_CEPH = """[global]
fsid = 0d7b7c86-2a51-4c0e-8d6f-7a9b5c3e1f20
mon_host = 127.0.0.1:{mon}
public_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {d}/run
admin_socket = {d}/run/$name.asok
log_file = {d}/log/$name.log
pid_file = {d}/run/$name.pid
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_crush_chooseleaf_type = 0
osd_crush_update_on_start = true
mon_allow_pool_size_one = true
ms_bind_msgr2 = false
[mon]
mon_data = {d}/mon
[osd]
osd_data = {d}/osd
osd_objectstore = {store}store
memstore_device_bytes = 8589934592
bluestore_block_size = 17179869184
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_data = {d}/rgw
"""
