"""The AWS CLI, s5cmd and rclone as their users run them, with nothing but what `ionstack env aws` prints."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import ADMIN_TOKEN, ROOT, Server

pytestmark = pytest.mark.clients
PROGRAMS = ROOT / "build" / "clients" / "bin"
MIB = 1024 * 1024
Run = Callable[[str], str]


@pytest.fixture(scope="module")
def environment(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A user's environment after `eval "$(ionstack env aws)"`."""
    home = tmp_path_factory.mktemp("home")
    bare = {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    printed = subprocess.run(
        [sys.executable, "-m", "ionstack", "env", "aws", "--server", server.url], capture_output=True, text=True,
        env={**os.environ, "IONSTACK_ADMIN_TOKEN": ADMIN_TOKEN}, check=True, timeout=30,
    )  # fmt: skip
    lines = [
        line.removeprefix("export ") for line in printed.stdout.splitlines() if line.startswith("export ")
    ]
    return {**bare, **dict(word.split("=", 1) for line in lines for word in shlex.split(line))}


@pytest.fixture
def run(environment: Mapping[str, str], tmp_path: Path) -> Run:
    """Run a command line in a directory of the test's own; what it prints."""

    def run(line: str, code: int = 0) -> str:
        ran = subprocess.run(
            shlex.split(line), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ran.returncode == code, f"{line}: {ran.returncode}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    return run


def tree(directory: Path) -> dict[str, bytes]:
    """Files by their paths."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files of every kind: empty, small, large enough for an upload in parts, with a name that must be encoded."""
    directory = tmp_path / "files"
    for name, body in {
        "empty": b"", "small.txt": b"hello", "deep/er/ü & +%41.txt": b"named", "large": os.urandom(9 * MIB),
    }.items():  # fmt: skip
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return directory


def test_the_aws_cli_copies_moves_and_syncs(run: Run, files: Path, tmp_path: Path) -> None:
    run("aws s3 mb s3://cli")
    run("aws s3 sync files s3://cli/there")
    assert run("aws s3 sync files s3://cli/there") == ""
    listed = run("aws s3 ls --recursive s3://cli")
    assert [line.split(None, 3)[3] for line in listed.splitlines()] == sorted(
        f"there/{name}" for name in tree(files)
    )
    run("aws s3 sync s3://cli/there back")
    assert tree(tmp_path / "back") == tree(files)
    run("aws s3 mv s3://cli/there/large s3://cli/moved")
    run("aws s3 cp s3://cli/moved moved")
    assert (tmp_path / "moved").read_bytes() == (files / "large").read_bytes()
    link = run("aws s3 presign s3://cli/there/small.txt").strip()
    assert httpx.get(link).raise_for_status().content == b"hello"
    run("aws s3 rm --recursive s3://cli")
    run("aws s3 rb s3://cli")
    assert "cli" not in run("aws s3 ls")


def test_the_aws_cli_calls_single_operations(run: Run, files: Path, tmp_path: Path) -> None:
    run("aws s3api create-bucket --bucket api --create-bucket-configuration LocationConstraint=de")
    run("aws s3api put-bucket-versioning --bucket api --versioning-configuration Status=Enabled")
    ids = []
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        put = run(
            f"aws s3api put-object --bucket api --key k --body files/small.txt --checksum-algorithm {algorithm}"
        )
        ids.append(json.loads(put)["VersionId"])
        head = json.loads(run("aws s3api head-object --bucket api --key k --checksum-mode ENABLED"))
        assert (head["ContentLength"], f"Checksum{algorithm}" in head) == (5, True)
    listed = json.loads(run("aws s3api list-object-versions --bucket api"))
    assert [one["VersionId"] for one in listed["Versions"]] == ids[::-1]
    for document, shown in (
        ("lifecycle-configuration", "Rules"), ("cors", "CORSRules"), ("tagging", "TagSet"),
    ):  # fmt: skip
        text = {
            "lifecycle-configuration": {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 3}}]},
            "cors": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
            "tagging": {"TagSet": [{"Key": "stage", "Value": "test"}]},
        }[document]  # fmt: skip
        (tmp_path / "document.json").write_text(json.dumps(text))
        option = {"cors": "cors-configuration"}.get(document, document)
        run(f"aws s3api put-bucket-{document} --bucket api --{option} file://document.json")
        assert len(json.loads(run(f"aws s3api get-bucket-{document} --bucket api"))[shown]) == 1
    for name in ("a", "b", "c"):
        run(f"aws s3api put-object --bucket api --key page/{name}")
    page = json.loads(
        run("aws s3api list-objects-v2 --bucket api --prefix page/ --page-size 1 --max-items 2")
    )
    assert [one["Key"] for one in page["Contents"]] == ["page/a", "page/b"]


def test_s5cmd_copies_many_at_once(run: Run, files: Path, tmp_path: Path) -> None:
    for number in range(50):
        (files / f"many-{number:02}").write_bytes(b"%d" % number)
    run("s5cmd mb s3://five")
    run("s5cmd --numworkers 16 cp files/ s3://five/there/")
    assert len(run("s5cmd ls s3://five/there/*").splitlines()) == len(tree(files))
    assert run("s5cmd cat s3://five/there/many-07") == "7"
    run("s5cmd sync s3://five/there/* back/")
    assert tree(tmp_path / "back") == tree(files)
    run("s5cmd mv s3://five/there/many-0* s3://five/moved/")
    assert len(run("s5cmd ls s3://five/moved/*").splitlines()) == 10
    run("s5cmd rm s3://five/*")
    run("s5cmd rb s3://five")


@pytest.mark.parametrize("provider", ["Other", "IONOS"])
def test_rclone_copies_checks_and_purges(run: Run, files: Path, tmp_path: Path, provider: str) -> None:
    remote = f":s3,provider={provider},env_auth:rclone-{provider.lower()}"
    chunks = "--s3-upload-cutoff 6M --s3-chunk-size 5M"
    run(f"rclone mkdir {remote}")
    run(f"rclone copy {chunks} files {remote}/there")
    run(f"rclone check --download files {remote}/there")
    assert sorted(run(f"rclone lsf -R --files-only {remote}/there").splitlines()) == sorted(tree(files))
    assert run(f"rclone cat {remote}/there/small.txt") == "hello"
    (files / "small.txt").write_bytes(b"changed")
    (files / "empty").unlink()
    run(f"rclone sync {chunks} files {remote}/there")
    run(f"rclone moveto {remote}/there/large {remote}/large")
    run(f"rclone copy {remote} back")
    assert (tmp_path / "back/large").read_bytes() == (files / "large").read_bytes()
    assert set(tree(tmp_path / "back/there")) == set(tree(files)) - {"large"}
    run(f"rclone purge {remote}")
    assert run(f"rclone lsf {remote.partition(':rclone')[0]}:").find(f"rclone-{provider.lower()}") < 0
