"""The server's place in its data directory: one server at a time, and where commands find it.

The server holds a lock on `server.json` as long as it lives, so a file that is left behind by a killed one
is known to be stale.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ionstack import __version__
from ionstack.errors import UsageError

if TYPE_CHECKING:
    from ionstack.engine.clock import Clock

FILE = "server.json"
EPHEMERAL = "ephemeral"
_MOMENT, _PATIENCE = 0.5, 5.0
"""Seconds to wait for the lock: a command that looks holds it for a moment, a server on its way out longer."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server as it announces itself. `api`, `s3` and `ftps` are URLs, empty before it is ready and while it ends.

    What it serves https with, the authority that signed that, and the admin token are paths, empty where
    there is no such file.
    """

    pid: int
    data_dir: str
    version: str
    api: str = ""
    s3: str = ""
    ftps: str = ""
    admin_token_file: str = ""
    certificate: str = ""
    certificate_authority: str = ""

    @property
    def ready(self) -> bool:
        return bool(self.api)


class Presence:
    """A lock on a data directory, and the file in it that tells of the server."""

    def __init__(self, directory: Path, descriptor: int) -> None:
        self.directory, self._descriptor = directory, descriptor

    def announce(self, server: Running) -> None:
        """Tell where the server is."""
        os.truncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(asdict(server)).encode(), 0)

    def withdraw(self) -> None:
        """The server is gone."""
        (self.directory / FILE).unlink(missing_ok=True)
        os.close(self._descriptor)


@contextmanager
def own(directory: Path, clock: Clock) -> Iterator[Presence]:
    """Own a data directory, which is made if it is missing. UsageError if another server does, or it cannot be."""
    make(directory)
    presence = _take(directory, clock)
    try:
        yield presence
    finally:
        presence.withdraw()


@contextmanager
def own_ephemeral(parent: Path, clock: Clock) -> Iterator[Presence]:
    """Own a new directory that is removed at the end; what killed servers left behind is removed now."""
    directory = parent / EPHEMERAL
    make(directory)
    with _alone(directory):
        for left in directory.iterdir():
            if look(left) is None:
                shutil.rmtree(left, ignore_errors=True)
        presence = _take(Path(tempfile.mkdtemp(dir=directory)), clock)
    try:
        yield presence
    finally:
        shutil.rmtree(presence.directory, ignore_errors=True)
        presence.withdraw()


def find(data_dir: Path) -> Running | None:
    """The server of a data directory, else the one ephemeral server below it; UsageError if there are more."""
    own = look(data_dir)
    if own is not None:
        return own
    directory = data_dir / EPHEMERAL
    below = [look(one) for one in sorted(directory.iterdir())] if directory.is_dir() else []
    running = [one for one in below if one is not None]
    if len(running) > 1:
        several = ", ".join(one.data_dir for one in running)
        raise UsageError(f"several ephemeral servers run; choose one with --data-dir: {several}")
    return running[0] if running else None


def look(data_dir: Path) -> Running | None:
    """The server that holds a data directory, ready or starting; None if there is none."""
    path = data_dir / FILE
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return _read(descriptor, data_dir)
    finally:
        os.close(descriptor)


def make(directory: Path) -> None:
    """Make a directory that only its owner can look into; UsageError if that cannot be."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise UsageError(f"the data directory {directory} cannot be written ({error.strerror}): "
                         "choose another with --data-dir") from None  # fmt: skip


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Let one process at a time make and remove directories here."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _take(directory: Path, clock: Clock) -> Presence:
    path, since = directory / FILE, clock.monotonic()
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UsageError(f"{path} cannot be written ({error.strerror})") from None
        if _lock(descriptor) and _same(path, descriptor):
            presence = Presence(directory, descriptor)
            presence.announce(Running(os.getpid(), str(directory), __version__))
            return presence
        holder = _read(descriptor, directory)
        os.close(descriptor)
        if clock.monotonic() - since >= (_MOMENT if holder.ready else _PATIENCE):
            raise UsageError(_taken(holder, directory))
        clock.pause(0.02)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _same(path: Path, descriptor: int) -> bool:
    """Whether a path still leads to an open file: a server that ends removes the path first."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _read(descriptor: int, data_dir: Path) -> Running:
    text = os.pread(descriptor, 65536, 0)
    try:
        return Running(**json.loads(text))
    except (ValueError, TypeError):  # it has only just taken the lock
        return Running(0, str(data_dir), "")


def _taken(server: Running, directory: Path) -> str:
    where = f" at {server.api}" if server.api else ""
    return (
        f"the data directory {directory} is in use by another server (process {server.pid}{where}): "
        "stop it with `ionstack stop`, or choose another with --data-dir"
    )
