"""A running server, and contracts in it that last as long as a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ionstack.cli.env import CLIENTS
from ionstack.cli.remote import Remote


class Ionstack:
    """A server at `url`, spoken to as its operator."""

    def __init__(self, url: str, admin_token: str) -> None:
        self.remote = Remote(url, admin_token)
        self.url = self.remote.url

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """Call the control API: `call("GET", "/contracts")`. UsageError with its words if it refuses."""
        return self.remote.call(method, path, body, **query)

    @contextmanager
    def contract(self, **terms: Any) -> Iterator[Contract]:
        """A fresh contract, dropped at the end with everything in it.

        `terms` are those of `POST /_ionstack/contracts`: `profile`, `limits`, `rateLimit`, `name`, ...
        UsageError if they are refused.
        """
        made = self.call("POST", "/contracts", terms)
        contract = Contract(
            self, made["contractNumber"], made["username"], made["password"], made["token"], made["userId"]
        )
        try:
            yield contract
        finally:
            self.call("DELETE", f"/contracts/{contract.number}")


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of its own: nobody else sees what is in it, and nothing in it is shared."""

    cloud: Ionstack
    number: int
    username: str
    password: str = field(repr=False)
    token: str = field(repr=False)
    user_id: str

    @property
    def url(self) -> str:
        """The server's URL."""
        return self.cloud.url

    def environment(self, client: str = "python") -> Mapping[str, str]:
        """The variables that point a client here: `python`, `node`, `terraform`, `ionosctl`, `ansible`, `shell`.

        With them in force, none of a real account's may be set; an SDK takes user name and password first.
        """
        return {"IONOS_API_URL": self.url + CLIENTS[client].path, "IONOS_TOKEN": self.token}

    def fault(
        self,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        provisioning: str | None = None,
        delay: float | None = None,
        message: str | None = None,
        method: str | None = None,
        path: str | None = None,
        skip: int = 0,
        times: int = 1,
    ) -> int:
        """Order what is to go wrong, and tell the order's number.

        The calls that match `method` and `path` (`*` is a segment, `**` anything) are answered with `status`
        (and `retry_after` seconds), or the requests they make end in `provisioning="FAILED"`, or take `delay`
        seconds more. The first `skip` calls pass, then so many `times` are hit.
        """
        effect = {
            "status": status, "retryAfter": retry_after, "provisioning": provisioning,
            "delaySeconds": delay, "message": message,
        }  # fmt: skip
        order = {"contract": self.number, "method": method, "path": path, "skip": skip, "times": times}
        body = {**_given(order), "effect": _given(effect)}
        return int(self.cloud.call("POST", "/faults", body)["id"])

    def change(self, **terms: Any) -> None:
        """Change the terms: those of `PATCH /_ionstack/contracts/{number}`; None goes back to the server's."""
        self.cloud.call("PATCH", f"/contracts/{self.number}", terms)

    def advance(self, seconds: float) -> None:
        """Let so much time pass in the contract at once: requests that take time are done sooner."""
        self.change(clock={"advanceSeconds": seconds})

    def reset(self) -> None:
        """Empty it; users and tokens stay."""
        self.cloud.call("POST", f"/contracts/{self.number}/reset")

    def calls(self, limit: int = 100) -> list[dict[str, Any]]:
        """The latest HTTP calls of the contract, newest first, with method, path, status and time."""
        return list(self.cloud.call("GET", "/requests", contract=self.number, limit=limit)["items"])

    def audit(self, limit: int = 100, **filters: object) -> list[dict[str, Any]]:
        """Who did what in the contract, newest first; filters are those of `GET /_ionstack/audit`."""
        return list(self.cloud.call("GET", "/audit", contract=self.number, limit=limit, **filters)["items"])


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
