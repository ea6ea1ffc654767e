"""What the store says of a caller, and the principal that a verified credential makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from ionstack.engine.clock import World
from ionstack.errors import Forbidden, Unauthorized
from ionstack.identity.contracts import BILLABLE
from ionstack.identity.principal import ContractTerms, Principal
from ionstack.identity.privileges import of_role

USE_A_TOKEN = "Basic authentication is not allowed {}; use a token (Authorization: Bearer)"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Credential:
    """A verified header, good until `until` (wall µs).

    A token has an id and a contract. A password has the hash it was verified against, in `password`.
    """

    user_id: str
    until: int
    token_id: str = ""
    contract: int = 0
    password: str = field(default="", repr=False)


class State(NamedTuple):
    """The columns of `auth_state`: a user in a contract. Those of a contract are None if there is none."""

    email: str
    password: str
    active: bool
    second_factor_active: bool
    second_factor_forced: bool
    user_epoch: int
    status: str | None
    master: int | None
    contract_epoch: int | None
    settings: str | None
    clock_wall: int | None
    clock_world: int | None
    clock_scale: float | None
    faults: int | None
    own_role: str | None
    reseller_role: str | None  # in the master contract, if it is one that may act for this contract
    token_expires: int | None
    granted: frozenset[str] = frozenset()  # by the user's groups in the contract

    @property
    def epochs(self) -> tuple[object, ...]:
        """The part of it that `auth_epochs` reads with every call."""
        return (
            self.user_epoch, self.contract_epoch, self.faults, self.clock_wall, self.clock_world,
            self.clock_scale,
        )  # fmt: skip


def prove(credential: Credential, state: State, *, password_suffices: bool = False) -> None:
    """Hold a credential against what the store says of its user. Raises Unauthorized.

    `password_suffices` lets a password in, whatever is known or demanded of a second factor.
    """
    if not state.active or (credential.token_id and state.token_expires is None):
        raise Unauthorized
    if credential.token_id:
        return
    if not password_suffices and (state.second_factor_active or state.second_factor_forced):
        raise Unauthorized(USE_A_TOKEN.format("for a user with a second factor"))
    if settings_of(state.settings or "{}").get("basicAuthentication") is False:
        raise Unauthorized(USE_A_TOKEN.format("in this contract"))


def principal_of(credential: Credential, contract: int, state: State) -> Principal:
    """The caller whom a proven credential makes in a contract. Raises Forbidden."""
    role = _role(credential, contract, state)
    if role is None:
        raise Forbidden("The contract of 'X-Contract-Number' is not one that these credentials are for")
    if state.status != BILLABLE:
        raise Forbidden(f"The contract {contract} is not active")
    return Principal(
        user_id=credential.user_id,
        email=state.email,
        role=role,
        terms=_terms(contract, state),
        token_id=credential.token_id,
        privileges=of_role(role) | state.granted,
        second_factor=bool(state.second_factor_active),
    )


def _role(credential: Credential, contract: int, state: State) -> str | None:
    """The caller's role in a contract, None if they have none: a token is for its own contract only.

    An owner or administrator of a reseller's contract has the same role in its sub-contracts.
    """
    if credential.contract in (0, contract):
        return state.reseller_role or state.own_role
    return state.reseller_role if credential.contract == state.master else None


def _terms(contract: int, state: State) -> ContractTerms:
    settings = settings_of(state.settings or "{}")
    return ContractTerms(
        number=contract,
        world=World(state.clock_wall or 0, state.clock_world or 0, state.clock_scale or 0.0),
        profile=str(settings.get("profile") or ""),
        rate_limit=int(settings.get("rateLimit") or 0),
        faults=state.faults or 0,
    )


@lru_cache(maxsize=1024)
def settings_of(text: str) -> Mapping[str, Any]:
    """What a contract chose for itself, as stored."""
    loaded: dict[str, Any] = orjson.loads(text)
    return loaded
