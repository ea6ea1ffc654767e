"""The pytest plugin, in runs of their own: that of the example, and those of people who do not use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import ADMIN_TOKEN, ROOT, Server
from tests.clients.shell import until

EXAMPLE = ROOT / "examples" / "pytest"


class Project:
    """A directory with tests. The plugin is found as it is declared, whatever is installed."""

    def __init__(self, home: Path) -> None:
        self.home = home / "project"
        self.home.mkdir()
        declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
        lines = [f"{name} = {value}" for name, value in declared.items()]
        info = home / "installed" / "declared-0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: declared\nVersion: 0\n")
        (info / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IONOS", "PYTEST"))}
        path = os.pathsep.join([str(info.parent), str(ROOT / "src")])
        self.environment = {**kept, "PYTHONPATH": path, "TMPDIR": str(home)}
        (self.home / "pytest.ini").write_text("[pytest]\naddopts = -p no:asyncio -p no:cacheprovider\n")

    def words(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "pytest", "-q", *options]

    def run(self, *options: str) -> str:
        """What a run that succeeds says."""
        ran = subprocess.run(
            self.words(*options), cwd=self.home, env=self.environment, capture_output=True, text=True,
            timeout=50, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def example(project: Project) -> Project:
    for file in EXAMPLE.glob("*.py"):
        shutil.copy(file, project.home)
    return project


def test_the_example(example: Project) -> None:
    assert "9 passed" in example.run()


def test_the_example_side_by_side(example: Project) -> None:
    assert "9 passed" in example.run("-n", "2")


def test_the_example_side_by_side_on_one_server(example: Project, server: Server) -> None:
    """The contracts are dropped afterwards, and the server started by nobody."""
    example.environment |= {"IONSTACK_SERVER": server.url, "IONSTACK_ADMIN_TOKEN": ADMIN_TOKEN}
    assert "9 passed" in example.run("-n", "2")
    control = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    contracts = httpx.get(f"{server.url}/_ionstack/contracts", headers=control).raise_for_status()
    assert len(contracts.json()["items"]) == 1
    dropped = httpx.get(f"{server.url}/_ionstack/audit?kind=identity.contract&action=delete", headers=control)
    assert len(dropped.raise_for_status().json()["items"]) == 9


def test_who_does_not_use_it_pays_nothing(project: Project) -> None:
    (project.home / "test_other.py").write_text(
        "import sys\n"
        "def test_nothing_was_imported(request):\n"
        "    assert request.config.pluginmanager.has_plugin('ionstack')\n"
        "    own = {name for name in sys.modules if name.partition('.')[0] == 'ionstack'}\n"
        "    assert own == {'ionstack', 'ionstack.testing', 'ionstack.testing.plugin'}\n"
        "    assert not {'falcon', 'sqlalchemy', 'uvicorn', 'apsw'} & set(sys.modules)\n"
    )
    assert "1 passed" in project.run("--strict-markers", "-W", "error")


def test_a_server_that_is_not_there_is_told(project: Project) -> None:
    (project.home / "test_one.py").write_text("def test_one(ionstack_contract): ...\n")
    project.environment |= {"IONSTACK_ADMIN_TOKEN": "x"}
    ran = subprocess.run(
        project.words("--ionstack-server", "http://127.0.0.1:9"), cwd=project.home, env=project.environment,
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "the server at http://127.0.0.1:9 does not answer" in ran.stdout


def test_a_killed_run_leaves_no_server(project: Project) -> None:
    (project.home / "test_one.py").write_text(
        "import pathlib, threading\n"
        "def test_one(ionstack):\n"
        "    pathlib.Path('url').write_text(ionstack.url)\n"
        "    threading.Event().wait()\n"
    )
    told = project.home / "url"
    with subprocess.Popen(
        project.words(), cwd=project.home, env=project.environment, stdout=subprocess.DEVNULL
    ) as run:
        try:
            until(lambda: told.exists() and bool(told.read_text()), "the server runs")
            assert _answers(told.read_text())
        finally:
            run.kill()
    until(lambda: not _answers(told.read_text()), "the server is gone")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_ionstack/health").status_code == 200
    except httpx.TransportError:
        return False
