"""What an uploaded image is: how large a disk it holds, told from its first bytes and its length.

The bytes themselves are not kept: nothing here boots from them.
"""

from __future__ import annotations

import struct

GIGABYTE = 1024**3
_HEAD = 512


class Measure:
    """A file that is written to and only measured. `name` is its path on the server."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False
        self._head = b""
        self._length = 0

    def write(self, data: bytes) -> int:
        """Count some more of the file."""
        if len(self._head) < _HEAD:
            self._head += bytes(data[: _HEAD - len(self._head)])
        self._length += len(data)
        return len(data)

    def close(self) -> None:
        self.closed = True

    @property
    def bytes(self) -> int:
        """Bytes of the disk that the file holds: a sparse format tells, anything else is the disk itself."""
        head = self._head.ljust(_HEAD, b"\0")
        if head.startswith(b"QFI\xfb"):
            return int(struct.unpack_from(">Q", head, 24)[0])
        if head.startswith(b"KDMV"):
            return int(struct.unpack_from("<Q", head, 12)[0]) * 512
        if head.startswith(b"conectix"):
            return int(struct.unpack_from(">Q", head, 48)[0])
        if head[64:68] == b"\x7f\x10\xda\xbe":  # VirtualBox
            return int(struct.unpack_from("<Q", head, 368)[0])
        return self._length

    @property
    def size(self) -> float:
        """The same in GB to two digits, at least 0.01, as images tell it."""
        return max(round(self.bytes / GIGABYTE, 2), 0.01)
