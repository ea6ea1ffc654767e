"""What a user of the official Node SDK does: `node/story.mjs`, run by Node.js."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.clients.conftest import Server

STORY = Path(__file__).parent / "node" / "story.mjs"


def node() -> str:
    """Node.js: the one that was set up beside this Python, else the machine's own."""
    found = shutil.which("node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert found, "there is no Node.js: scripts/setup-clients brings it"
    return found


def test_the_story_of_a_node_user(server: Server) -> None:
    told = subprocess.run(
        [node(), STORY.name],
        cwd=STORY.parent, env=server.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=50, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (0, "the story is told\n"), told.stderr
