"""The directories that a sender sees. None of them is on a disk, so no path leads out of them.

`hdd-images` and `iso-images` are those of the location that the host names; those of any other are below its
word, as `fra/hdd-images`.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyftpdlib.exceptions import FilesystemError
from pyftpdlib.filesystems import AbstractedFS

from ionstack.uploads.reception import KINDS, described
from ionstack.uploads.shelf import Part

if TYPE_CHECKING:
    from ionstack.uploads.session import Session

SUFFIXES = {
    "CDROM": (".iso", ".img"),
    "HDD": (".img", ".raw", ".qcow", ".qcow2", ".cow", ".vmdk", ".vhd", ".vhdx", ".vpc", ".vdi"),
}
"""How the names of images end, by what they are."""

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Place:
    """A directory of images: one kind of a location. The location is empty where nothing names one."""

    location: str
    type: str


class Tree(AbstractedFS):
    """One session's view. It knows paths alone; what is in them it asks the session."""

    cmd_channel: Session

    def open(self, filename: str, mode: str) -> Part:
        """A new image to write into."""
        directory, name = os.path.split(filename)
        place = self._place(directory)
        if place is None or mode != "wb":
            raise FilesystemError("Images go to the directories hdd-images and iso-images")
        if not place.location:
            raise FilesystemError(
                "This host names no location: call one such as ftp-fra.localhost, "
                f"or go to a directory such as /fra{directory}"
            )
        _prove_name(name, place.type)
        session = self.cmd_channel
        session.prove_free(described(name, place.location, place.type, 0))
        return session.part(name, place.location, place.type)

    def chdir(self, path: str) -> None:
        if not self.isdir(path):
            raise FilesystemError("There is no such directory")
        self.cwd = path

    def listdir(self, path: str) -> list[str]:
        place = self._place(path)
        if place is not None:
            return list(self._images(place))
        return [*KINDS, *(self.cmd_channel.places() if path == "/" else ())]

    def isdir(self, path: str) -> bool:
        return path == "/" or self._place(path) is not None or path[1:] in self.cmd_channel.places()

    def isfile(self, path: str) -> bool:
        return self._entry(path) is not None

    def lstat(self, path: str) -> os.stat_result:
        if self.isdir(path):
            return os.stat_result((stat.S_IFDIR | 0o755, 0, 0, 1, 0, 0, 0, 0, 0, 0))
        size, created = self._entry(path) or (0, 0)
        return os.stat_result((stat.S_IFREG | 0o444, 0, 0, 1, 0, 0, size, created, created, created))

    stat = lstat

    def getsize(self, path: str) -> int:
        return self.lstat(path).st_size

    def realpath(self, path: str) -> str:
        return path

    def validpath(self, path: str) -> bool:
        return "\0" not in path

    def get_user_by_uid(self, uid: int) -> str:
        return "owner"

    def get_group_by_gid(self, gid: int) -> str:
        return "contract"

    def _place(self, path: str) -> Place | None:
        """The place that a path is, if it is one."""
        match path.strip("/").split("/"):
            case [kind] if kind in KINDS:
                return Place(self.cmd_channel.location, KINDS[kind])
            case [word, kind] if kind in KINDS and word in self.cmd_channel.places():
                return Place(self.cmd_channel.places()[word], KINDS[kind])
        return None

    def _entry(self, path: str) -> tuple[int, int] | None:
        directory, name = os.path.split(path)
        place = self._place(directory)
        return self._images(place).get(name) if place else None

    def _images(self, place: Place) -> dict[str, tuple[int, int]]:
        return self.cmd_channel.images(place.location, place.type) if place.location else {}


def _prove_name(name: str, type: Any) -> None:
    if not name.isprintable() or name.startswith(".") or len(name) > LONGEST_NAME:
        raise FilesystemError("An image cannot be called that")
    if not name.lower().endswith(SUFFIXES[type]):
        raise FilesystemError(f"The name must end in one of {', '.join(SUFFIXES[type])}")
