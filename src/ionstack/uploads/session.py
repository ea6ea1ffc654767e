"""One sender's connection: explicit TLS on both channels, passive transfers, and no command beyond uploading."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from OpenSSL import SSL
from pyftpdlib.exceptions import AuthenticationFailed, FilesystemError, _RetryError
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler

from ionstack.catalogue.resource import Document
from ionstack.errors import ApiError, IonstackError
from ionstack.uploads.reception import Reception, Sender, described
from ionstack.uploads.shelf import Part, Shelf
from ionstack.uploads.tree import Tree

T = TypeVar("T")
log = logging.getLogger(__name__)

COMMANDS = (
    "ABOR", "AUTH", "CDUP", "CWD", "EPSV", "FEAT", "HELP", "LIST", "MLSD", "MLST", "MODE", "NLST", "NOOP", "OPTS",
    "PASS", "PASV", "PBSZ", "PROT", "PWD", "QUIT", "SIZE", "STOR", "STRU", "SYST", "TYPE", "USER",
    "XCUP", "XCWD", "XPWD",
)  # fmt: skip
"""What a sender may say. Nothing is read, changed or removed here, and no server is told to call elsewhere."""

PATIENCE = 60.0
"""Seconds that the cloud may take for an answer."""


class Upload(Part):
    """A part that knows which image it is to be."""

    def __init__(self, session: Session, name: str, location: str, type: str) -> None:
        super().__init__(session.shelf, session.reception.new_id(), name)
        self._session, self._location, self._type = session, location, type

    def admit(self) -> None:
        """Become an image, or have a failure."""
        if self.failure:
            return
        properties = described(self.name, self._location, self._type, self.size)
        try:
            self.keep()
            self._session.ask(lambda desk, sender: desk.admit(sender, self.id, properties))
        except (OSError, FilesystemError) as error:
            self.withdraw()
            self.failure = str(error)


class Transfer(TLS_DTPHandler):
    """The data channel. An upload is whole when the sender ends TLS in order; all else is an aborted one."""

    file_obj: Upload | None

    def recv(self, size: int) -> bytes:
        if isinstance(self.file_obj, Upload) and self.file_obj.failure:
            self._refuse(f"552 {self.file_obj.failure}.")
        try:
            chunk: bytes = super().recv(size)
        except SSL.Error:
            self._refuse("426 The connection broke; transfer aborted.")
        return chunk

    def initiate_send(self) -> None:
        """Wait for TLS: else an empty listing would be over before it began, which clients take for a fault."""
        if not self._ssl_accepting:
            super().initiate_send()

    def send(self, data: bytes) -> int:
        return super().send(data) if data else 0  # OpenSSL takes nothing for an end

    def close(self) -> None:
        if self.receive and self.transfer_finished and isinstance(self.file_obj, Upload):
            self._settle(self.file_obj)
        super().close()

    def _settle(self, upload: Upload) -> None:
        if upload.closed:
            return
        if not self.socket.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
            self.transfer_finished = False
            self._resp = ("426 The connection broke; transfer aborted.", log.info)
        else:
            upload.admit()
            if upload.failure:
                self.transfer_finished = False
                self._resp = (f"552 {upload.failure}.", log.info)
        upload.close()

    def _refuse(self, line: str) -> None:
        self._resp = (line, log.info)
        self.close()
        raise _RetryError


class Authority:
    """Lets in whom the cloud knows by name and password."""

    def validate_authentication(self, user: str, password: str, session: Session) -> None:
        session.sender = Sender.of(user, password, session.remote_ip)
        try:
            session.ask(lambda desk, sender: desk.known(sender))
        except FilesystemError as error:
            session.sender = None
            raise AuthenticationFailed(str(error)) from None

    def has_perm(self, user: str, permission: str, path: str | None = None) -> bool:
        return permission in self.get_perms(user)

    def get_perms(self, user: str) -> str:
        return "elw"

    def get_home_dir(self, user: str) -> str:
        return "/"

    def get_msg_login(self, user: str) -> str:
        return "Logged in."

    def get_msg_quit(self, user: str) -> str:
        return "Goodbye."

    def impersonate_user(self, user: str, password: str) -> None:
        """Nobody on this machine acts for a sender."""

    def terminate_impersonation(self, user: str) -> None:
        """See `impersonate_user`."""


class Session(TLS_FTPHandler):
    """The control channel. A server's sessions are of a subclass that has the cloud at hand."""

    reception: Reception
    shelf: Shelf
    loop: asyncio.AbstractEventLoop
    sender: Sender | None = None

    authorizer = Authority()
    abstracted_fs = Tree
    dtp_handler = Transfer
    banner = "Ionstack takes images here."
    tls_control_required = tls_data_required = True
    auth_failed_timeout = 0  # the cloud's own answer has waited already
    proto_cmds: ClassVar[dict[str, Any]] = {name: TLS_FTPHandler.proto_cmds[name] for name in COMMANDS}

    @property
    def location(self) -> str:
        """The location that the host name of TLS tells; empty if it tells none."""
        name = self.socket.get_servername() if isinstance(self.socket, SSL.Connection) else None
        label, _, _ = (name or b"").decode("ascii", "replace").partition(".")
        return self.places().get(label.removeprefix("ftp-"), "") if label.startswith("ftp-") else ""

    def places(self) -> dict[str, str]:
        """The locations by their words."""
        return self._answer(self.reception.places())

    def images(self, location: str, type: str) -> dict[str, tuple[int, int]]:
        """Size and time of the sender's images of a kind in a location."""
        return self.ask(lambda desk, sender: desk.images(sender, location, type))

    def prove_free(self, properties: Document) -> None:
        """FilesystemError for a name that is taken."""
        self.ask(lambda desk, sender: desk.prove_free(sender, properties))

    def part(self, name: str, location: str, type: str) -> Upload:
        """A file to write an image into."""
        return Upload(self, name, location, type)

    def ask(self, question: Callable[[Reception, Sender], Coroutine[Any, Any, T]]) -> T:
        """Ask the cloud something on behalf of the sender. FilesystemError in words for them."""
        if self.sender is None:
            raise FilesystemError("Log in first")
        return self._answer(question(self.reception, self.sender))

    def _answer(self, asked: Coroutine[Any, Any, T]) -> T:
        try:
            return asyncio.run_coroutine_threadsafe(asked, self.loop).result(PATIENCE)
        except ApiError as error:
            raise FilesystemError("; ".join(one.message for one in error.problems)) from None
        except (IonstackError, TimeoutError) as error:
            log.error("an upload could not be served: %s", error)
            raise FilesystemError("The service cannot be used at the moment") from None
