"""Settings: what an operator chooses, and where each choice may come from.

A flag comes before the environment (`IONSTACK_*`), the environment before `ionstack.toml`, that before the
default. The fields of `Settings` are the one table: flags, variables, keys and the guide's table follow
from it.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ionstack import kinds
from ionstack.errors import UsageError
from ionstack.kinds import Kind, Secret

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

T = TypeVar("T")

PREFIX = "IONSTACK_"
FILE = "ionstack.toml"
OTHERS = ("IONSTACK_CONFIG", "IONSTACK_SERVER")
"""Variables that are no settings of the server: where its file is, and which server a command talks to."""


@dataclass(frozen=True, slots=True)
class Option:
    """How a setting is written: `kind` reads it, `help` is one line, `flag` says whether `serve` takes it."""

    name: str
    kind: Kind
    help: str
    default: Any
    flag: bool

    @property
    def switch(self) -> str:
        """The command line's word: `--s3-port`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment's word: `IONSTACK_S3_PORT`."""
        return PREFIX + self.name.upper()


def _option(default: T, kind: Kind, help: str, *, flag: bool = True) -> T:
    return field(default=default, metadata={"kind": kind, "help": help, "flag": flag})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a server. Times are seconds, sizes are bytes."""

    host: str = _option("127.0.0.1", kinds.TEXT, "Address or name to listen on.")
    port: int = _option(4667, kinds.PORT, "Port of the APIs; 0 takes a free one.")
    s3_port: int = _option(4668, kinds.PORT, "Port of S3; 0 takes a free one, as --port 0 does for both.")
    ftps_port: int | None = _option(
        None, kinds.PORT, "Port to take images on by FTPS; 0 takes a free one. Without it none are taken."
    )
    data_dir: Path = _option(
        Path(),
        kinds.PATH,
        "Directory that holds all data. Default: ionstack below the user's data directory.",
    )
    s3_durability: str = _option(
        "durable",
        kinds.choice("durable", "relaxed"),
        "Whether what is written to Object Storage waits for the disk before a call is answered.",
    )
    s3_data_dir: Path | None = _option(
        None,
        kinds.PATH,
        "Directory of the bodies of objects; one that all processes share, where there are several.",
    )
    s3_store: str | None = _option(
        None,
        kinds.OBJECT_STORE,
        "Object store elsewhere that larger bodies go to: s3://bucket/prefix, gs://... or az://...",
    )
    ephemeral: bool = _option(False, kinds.SWITCH, "Start empty in a directory that is removed at the end.")
    database: Secret | None = _option(
        None,
        kinds.DATABASE,
        "PostgreSQL to use in place of the built-in SQLite: postgresql://user@host/name.",
    )
    worker: bool = _option(True, kinds.SWITCH, "Let this process carry out requests, too.")
    profile: str = _option(
        "instant", kinds.choice("instant", "realistic", "chaos"), "How time passes for requests."
    )
    public_url: str | None = _option(
        None, kinds.URL, "The server's URL as clients see it, used in every link it hands out."
    )
    domain: str | None = _option(
        None, kinds.DOMAIN, "Domain below which each product has a host: dns.de-fra.<domain>."
    )
    tls: bool = _option(
        False, kinds.SWITCH, "Serve https, with a generated authority unless files are given."
    )
    tls_certificate: Path | None = _option(None, kinds.PATH, "Certificate chain to serve https with (PEM).")
    tls_key: Path | None = _option(None, kinds.PATH, "Private key of that certificate (PEM).")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = _option(
        (), kinds.NETWORKS, "Networks whose Forwarded headers are believed: 10.0.0.0/8,fd00::/8."
    )
    username: str | None = _option(
        None,
        kinds.EMAIL,
        "First owner, made at the first start; owner@ionstack.local by default.",
        flag=False,
    )
    password: Secret | None = _option(
        None, kinds.SECRET, "That owner's password; without it one is generated.", flag=False
    )
    master_key: Secret | None = _option(
        None,
        kinds.SECRET,
        "Key that encrypts stored secrets, and elder ones after it; without it one is generated.",
        flag=False,
    )
    master_key_file: Path | None = _option(
        None, kinds.PATH, "File that holds the master key, and elder ones after it.", flag=False
    )
    admin_token: Secret | None = _option(
        None, kinds.SECRET, "Token of the control API; without it one is generated.", flag=False
    )
    basic_authentication: bool = _option(True, kinds.SWITCH, "Take user name and password; off: tokens only.")
    rate_limit: int = _option(0, kinds.whole(0), "Calls a minute that a contract may make; 0: no limit.")
    rate_burst: int = _option(0, kinds.whole(0), "Calls that may come at once; 0: a sixth of the limit.")
    address_rate_limit: int = _option(
        0,
        kinds.whole(0),
        "Calls a minute that an address may make without credentials that count; 0: no limit.",
    )
    nominal_limit: int = _option(6000, kinds.whole(1), "X-RateLimit-Limit to show while nothing is limited.")
    nominal_burst: int = _option(1000, kinds.whole(1), "X-RateLimit-Burst to show while nothing is limited.")
    max_body: int = _option(16 * 1024 * 1024, kinds.whole(1024), "Largest request body, in bytes.")
    max_image: int = _option(64 * 1024**3, kinds.whole(1, 2**50), "Largest image to upload, in bytes.")
    request_timeout: float = _option(30.0, kinds.SECONDS, "Seconds a client may take to send a request.")
    keep_alive: float = _option(75.0, kinds.SECONDS, "Seconds an idle connection stays open.")
    shutdown_grace: float = _option(10.0, kinds.SECONDS, "Seconds that calls under way get at the end.")
    audit_days: int = _option(90, kinds.whole(0, 36_500), "Days that the audit goes back; 0: for ever.")
    maintenance: bool = _option(False, kinds.SWITCH, "Start in maintenance: every call is answered with 503.")
    log_format: str = _option("text", kinds.choice("text", "json"), "How log lines are written.")
    log_level: str = _option(
        "warning",
        kinds.choice("debug", "info", "warning", "error"),
        "The least that is logged; `info` has a line for each call.",
    )


def _options() -> dict[str, Option]:
    return {
        one.name: Option(
            one.name, one.metadata["kind"], one.metadata["help"], one.default, one.metadata["flag"]
        )
        for one in fields(Settings)
    }


OPTIONS: Mapping[str, Option] = _options()
"""Every setting by name, in the order of the guide."""


def load(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
    file: Path | None = None,
) -> Settings:
    """The settings in force. `flags` that are None were not given; `file` is what `--config` names.

    Raises UsageError, naming the source, for what cannot be read.
    """
    chosen = {**_from_file(environment, file), **_from_environment(environment), **_from_flags(flags or {})}
    if chosen.get("port") == 0:
        chosen.setdefault("s3_port", 0)
    if "data_dir" not in chosen:
        chosen["data_dir"] = default_data_dir()
    settings = Settings(**chosen)
    _refuse_contradictions(settings)
    return settings


def default_data_dir() -> Path:
    """Where data lies unless told otherwise: `$XDG_DATA_HOME/ionstack`."""
    import platformdirs

    return platformdirs.user_data_path("ionstack")


def unknown_names(environment: Mapping[str, str] = os.environ) -> list[str]:
    """One line for each `IONSTACK_*` variable that means nothing, with the one that may be meant."""
    known = [*(option.variable for option in OPTIONS.values()), *OTHERS]
    return [
        f"{name} means nothing to Ionstack{_meant(name, known)}"
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known
    ]


def _from_flags(flags: Mapping[str, object]) -> dict[str, Any]:
    return {
        name: OPTIONS[name].kind.read(value, OPTIONS[name].switch)
        for name, value in flags.items()
        if value is not None
    }


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        option.name: option.kind.read(environment[option.variable], option.variable)
        for option in OPTIONS.values()
        if environment.get(option.variable)
    }


def _from_file(environment: Mapping[str, str], file: Path | None) -> dict[str, Any]:
    named = file or (Path(environment["IONSTACK_CONFIG"]) if environment.get("IONSTACK_CONFIG") else None)
    path = named or Path(FILE)
    if named is None and not path.is_file():
        return {}
    chosen = {}
    for name, value in _parsed(path).items():
        if name not in OPTIONS:
            raise UsageError(f"{path}: there is no setting '{name}'{_meant(name, OPTIONS)}")
        chosen[name] = OPTIONS[name].kind.read(value, f"{path}: {name}")
    return chosen


def _parsed(path: Path) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from None


def _meant(name: str, known: Mapping[str, object] | list[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _refuse_contradictions(settings: Settings) -> None:
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise UsageError("--tls-certificate and --tls-key go together: give both or neither")
    if settings.master_key and settings.master_key_file:
        raise UsageError("IONSTACK_MASTER_KEY and IONSTACK_MASTER_KEY_FILE: give one of them")
    if settings.ephemeral and settings.database:
        raise UsageError("--ephemeral and --database exclude each other: the data would outlive the server")
    if settings.s3_store and settings.s3_data_dir:
        raise UsageError("--s3-store and --s3-data-dir exclude each other: bodies lie in one place")
    if settings.port and settings.port == settings.s3_port:
        raise UsageError(f"--port and --s3-port are both {settings.port}: give S3 a port of its own")
    if settings.ftps_port and settings.ftps_port in (settings.port, settings.s3_port):
        raise UsageError(
            f"--ftps-port {settings.ftps_port} is that of --port or --s3-port: give FTPS its own"
        )
