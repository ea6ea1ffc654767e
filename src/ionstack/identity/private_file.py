"""Small files that only the owner of the data directory may read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ionstack.disk import settle
from ionstack.errors import UsageError


def make_once(path: Path, make: Callable[[], str]) -> str:
    """The text of a file, made with mode 0600 if there is none.

    Whoever of several processes comes first makes it; a crash leaves the whole file or none.
    Raises UsageError when the file cannot be read or made.
    """
    try:
        if not path.exists():
            _link(path, make())
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _usage(path, error) from error


def write(path: Path, text: str) -> None:
    """Put a text into a file of mode 0600, whole or not at all. Raises UsageError."""
    try:
        scratch = _scratch(path, text)
        scratch.replace(path)
        settle(path.parent)
    except OSError as error:
        raise _usage(path, error) from error


def _link(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path, text)
    try:
        os.link(scratch, path)
        settle(path.parent)
    except FileExistsError:
        return  # another process was first, and its text is the one that counts
    finally:
        scratch.unlink()


def _scratch(path: Path, text: str) -> Path:
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    return scratch


def _usage(path: Path, error: Exception) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
    return UsageError(f"Cannot use {path}: {reason}; make it readable and writable for this user")
