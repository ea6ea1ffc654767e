"""The FTPS endpoint: explicit TLS on control and data connections, user name and password, a thread each."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import FilesystemError
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

from ionstack.server.tls import Files
from ionstack.uploads.bridge import Bridge
from ionstack.uploads.shelf import Shelf

if TYPE_CHECKING:
    from ionstack.app import Cloud

log = logging.getLogger(__name__)

MOST_CONNECTIONS, MOST_OF_ADDRESS = 64, 16


class Door:
    """Takes uploads on a bound socket until it is closed."""

    def __init__(self, cloud: Cloud, files: Files, bound: socket.socket) -> None:
        bridge = Bridge(cloud, asyncio.get_running_loop())
        shelf = type("Shelf", (Shelf,), {"bridge": bridge})
        settings = {
            "abstracted_fs": shelf,
            "authorizer": _Authorizer(bridge),
            "ssl_context": _context(files),
            "certfile": str(files.certificate),
            "keyfile": str(files.key),
        }
        logging.getLogger("pyftpdlib").setLevel(logging.ERROR)
        self._server = ThreadedFTPServer(bound, type("Uploader", (_Uploader,), settings))
        self._server.max_cons, self._server.max_cons_per_ip = MOST_CONNECTIONS, MOST_OF_ADDRESS
        self._thread = threading.Thread(target=self._serve, name="ftps", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        self._server.serve_forever(handle_exit=False)

    def close(self) -> None:
        """Stop taking connections and end those under way."""
        self._server.close_all()
        self._thread.join(5)


class _Transfer(TLS_DTPHandler):  # type: ignore[misc]
    """One transfer. What came whole is made an image before the client is told how it went."""

    def close(self) -> None:
        came = self.receive and self.transfer_finished and self.file_obj is not None
        if came and not self._closed and not self.file_obj.closed:
            try:
                self.cmd_channel.fs.received(self.file_obj)
            except FilesystemError as refused:
                self._resp = (f"550 {refused}.", log.info)
        super().close()


class _Uploader(TLS_FTPHandler):  # type: ignore[misc]
    """One connection. `contract` is that of the user, `server_name` the host as TLS was asked for it."""

    banner = "Ionstack takes image uploads here, over TLS"
    tls_control_required = True
    tls_data_required = True
    use_sendfile = False
    dtp_handler = _Transfer
    contract = 0

    @property
    def server_name(self) -> str:
        told: bytes | None = self.socket.get_servername() if hasattr(self.socket, "get_servername") else None
        return told.decode("ascii", "replace") if told else ""

    def ftp_STOR(self, file: str, mode: str = "w") -> Any:  # noqa: N802  pyftpdlib's name
        if self._restart_position or mode != "w":
            self.respond("504 Uploads begin at the beginning.")
            return None
        return super().ftp_STOR(file, mode)


class _Authorizer(DummyAuthorizer):  # type: ignore[misc]
    """Signs in at the cloud. Everybody may list, enter directories and store."""

    _RIGHTS = "elw"

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        handler.contract = self._bridge.sign_in(username, password, handler.remote_ip)

    def get_home_dir(self, username: str) -> str:
        return "/"

    def has_user(self, username: str) -> bool:
        return True

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        return perm in self._RIGHTS

    def get_perms(self, username: str) -> str:
        return self._RIGHTS

    def get_msg_login(self, username: str) -> str:
        return "Upload images into hdd-images or iso-images."

    def get_msg_quit(self, username: str) -> str:
        return "Goodbye."


def _context(files: Files) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate_chain_file(str(files.certificate))
    context.use_privatekey_file(str(files.key))
    return context
