"""The directories that an uploader sees: one for disks and one for ISO images, in each location.

Nothing of it is on a disk. The host's name says the location (`ftp-fra.ionos.com`); under any other name the
locations are directories at the top.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Sequence
from typing import Any

from pyftpdlib.filesystems import AbstractedFS, FilesystemError

from ionstack.uploads.bridge import Bridge, Shown
from ionstack.uploads.measure import Measure

DIRECTORIES = {"hdd-images": "HDD", "iso-images": "CDROM"}
_DIRECTORY = stat.S_IFDIR | 0o755
_FILE = stat.S_IFREG | 0o644


class Shelf(AbstractedFS):  # type: ignore[misc]
    """What pyftpdlib takes for a file system. Paths are those that the client sees."""

    bridge: Bridge

    def __init__(self, root: str, channel: Any) -> None:
        super().__init__("/", channel)

    def ftp2fs(self, path: str) -> str:
        return str(self.ftpnorm(path))

    def fs2ftp(self, path: str) -> str:
        return path

    def validpath(self, path: str) -> bool:
        return True

    def realpath(self, path: str) -> str:
        return path

    def place(self, path: str) -> tuple[str, str, str]:
        """Location, image type and file name of a path; each empty where the path does not reach so far."""
        words = [word for word in path.split("/") if word]
        fixed = self.bridge.location(self.cmd_channel.server_name)
        location = fixed or (self.bridge.location_of_part(words.pop(0)) if words else "")
        if words and not location:
            raise FilesystemError("There is no such location")
        if len(words) > 2 or (words and words[0] not in DIRECTORIES):
            raise FilesystemError("There is no such directory")
        return location, DIRECTORIES[words[0]] if words else "", words[1] if len(words) == 2 else ""

    def listdir(self, path: str) -> Sequence[str]:
        location, kind, _ = self.place(path)
        if not location:
            return self.bridge.parts()
        if not kind:
            return list(DIRECTORIES)
        return [image.name for image in self._images(location, kind)]

    def stat(self, path: str) -> os.stat_result:
        location, kind, name = self.place(path)
        if not name:
            return os.stat_result((_DIRECTORY, 0, 0, 1, 0, 0, 0, 0, 0, 0))
        for image in self._images(location, kind):
            if image.name == name:
                size, at = round(image.size * 1024**3), image.created
                return os.stat_result((_FILE, 0, 0, 1, 0, 0, size, at, at, at))
        raise FilesystemError("There is no such image")

    lstat = stat

    def isdir(self, path: str) -> bool:
        try:
            return stat.S_ISDIR(self.stat(path).st_mode)
        except FilesystemError:
            return False

    def isfile(self, path: str) -> bool:
        return self.lexists(path) and not self.isdir(path)

    def lexists(self, path: str) -> bool:
        try:
            self.stat(path)
        except FilesystemError:
            return False
        return True

    def getsize(self, path: str) -> int:
        return self.stat(path).st_size

    def getmtime(self, path: str) -> float:
        return self.stat(path).st_mtime

    def chdir(self, path: str) -> None:
        if not self.isdir(path):
            raise FilesystemError("There is no such directory")
        self.cwd = path

    def open(self, filename: str, mode: str) -> Measure:
        """A new file to write, which becomes an image when all of it has come."""
        if "w" not in mode:
            raise FilesystemError("Images are uploaded whole and not read back")
        location, _, name = self.place(filename)
        if not name:
            raise FilesystemError("An image is uploaded into hdd-images or iso-images")
        self.bridge.prove_new(self.cmd_channel.contract, location, name)
        return Measure(filename)

    def get_user_by_uid(self, uid: int) -> str:
        return "owner"

    def get_group_by_gid(self, gid: int) -> str:
        return "owner"

    def readlink(self, path: str) -> str:
        raise FilesystemError("There are no links")

    def _refuse(self, *_: object) -> None:
        raise FilesystemError("Images are changed and deleted by the API")

    mkdir = rmdir = remove = rename = chmod = utime = _refuse

    def _images(self, location: str, kind: str) -> Sequence[Shown]:
        return self.bridge.images(self.cmd_channel.contract, location, kind)

    def received(self, measured: Measure) -> None:
        """Make an image of a file that has come whole."""
        location, kind, name = self.place(measured.name)
        self.bridge.add(self.cmd_channel.contract, location, kind, posixpath.basename(name), measured.size)
