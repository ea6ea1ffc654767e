"""How large a disk an uploaded file holds."""

from __future__ import annotations

import struct

import pytest

from ionstack.uploads.measure import Measure

GIB = 1024**3


def measured(data: bytes, piece: int = 100) -> Measure:
    file = Measure("/x")
    for start in range(0, len(data), piece):
        file.write(data[start : start + piece])
    file.close()
    assert file.closed
    return file


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"QFI\xfb" + bytes(20) + struct.pack(">Q", 3 * GIB), 3.0),
        (b"KDMV" + bytes(8) + struct.pack("<Q", 2 * GIB // 512), 2.0),
        (b"conectix" + bytes(40) + struct.pack(">Q", 4 * GIB), 4.0),
        (bytes(64) + b"\x7f\x10\xda\xbe" + bytes(300) + struct.pack("<Q", GIB), 1.0),
    ],
    ids=["qcow2", "vmdk", "vhd", "vdi"],
)
def test_sparse_formats_tell_their_size(head: bytes, expected: float) -> None:
    assert measured(head + bytes(1000)).size == expected


def test_anything_else_is_the_disk_itself() -> None:
    assert measured(bytes(64 * 1024 * 1024), 1024 * 1024).size == 0.06
    assert measured(b"").size == 0.01
    assert measured(b"QFI\xfb").size == 0.01
