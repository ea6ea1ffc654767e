"""Where master keys come from: the environment, a file that the operator keeps, or one of our own.

Several stand in one text while one is replaced by another: the first encrypts, the elder ones decrypt.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ionstack.errors import UsageError
from ionstack.identity import private_file

if TYPE_CHECKING:
    from ionstack.config import Settings

FILE = "master.key"

_HEX = re.compile(r"[0-9a-fA-F]{64}")


def own_file(settings: Settings) -> Path | None:
    """The file in the data directory that holds the key; None if the operator keeps it.

    Servers that share a database have directories of their own, so their key must be given.
    """
    given = settings.master_key or settings.master_key_file or settings.database
    return None if given else settings.data_dir / FILE


def load_master_keys(key: str = "", file: Path | None = None, own: Path | None = None) -> Sequence[bytes]:
    """The master keys, one at least: those in `key`, else in `file`, else in `own`, made when it is missing.

    White space or a comma separates them. Raises UsageError when there is none, or one that cannot be read.
    """
    if key:
        return _parsed(key, "IONSTACK_MASTER_KEY")
    if file is not None:
        try:
            return _parsed(file.read_text("utf-8"), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"Cannot read the master key file {file}; check IONSTACK_MASTER_KEY_FILE"
            ) from error
    if own is None:
        raise UsageError(
            "A server on PostgreSQL needs the master key that all its processes share: "
            "set IONSTACK_MASTER_KEY or IONSTACK_MASTER_KEY_FILE (32 bytes, as `openssl rand -base64 32` prints)"
        )
    return _parsed(private_file.make_once(own, lambda: _text(fresh())), str(own))


def save(own: Path, keys: Sequence[bytes]) -> None:
    """Put the keys into our own file, all of them or none. Raises UsageError."""
    private_file.write(own, "".join(map(_text, keys)))


def fresh() -> bytes:
    """A new master key."""
    return secrets.token_bytes(32)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode() + "\n"


def _parsed(text: str, source: str) -> Sequence[bytes]:
    words = [word for word in re.split(r"[\s,]+", text) if word]
    keys = [_one(word) for word in words]
    if not keys or not all(len(key) == 32 for key in keys):
        raise UsageError(f"{source} must hold 32 bytes, written as base64 or as 64 hexadecimal digits")
    return list(dict.fromkeys(keys))


def _one(word: str) -> bytes:
    """The bytes that a word stands for; none if it cannot be read."""
    try:
        return bytes.fromhex(word) if _HEX.fullmatch(word) else _from_base64(word)
    except (binascii.Error, ValueError):
        return b""


def _from_base64(text: str) -> bytes:
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
