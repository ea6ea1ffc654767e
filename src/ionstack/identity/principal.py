"""The caller of an operation, as the gateway's authentication establishes it."""

from __future__ import annotations

from dataclasses import dataclass

from ionstack.engine.clock import World
from ionstack.identity.privileges import ADMINISTRATOR, OWNER


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What belongs to a contract and shapes each call: its world clock, profile, limits and pending faults."""

    number: int
    world: World = World()
    profile: str = ""  # "" follows the server's
    rate_limit: int = 0  # calls a minute; 0 follows the server's
    faults: int = 0


@dataclass(frozen=True, slots=True)
class Principal:
    """A user acting in a contract.

    `role` is `owner`, `administrator` or `user`. `token_id` is the id of the token used, empty with Basic.
    `second_factor` tells that the user's is active.
    """

    user_id: str
    email: str
    role: str
    terms: ContractTerms
    token_id: str = ""
    privileges: frozenset[str] = frozenset()
    second_factor: bool = False

    @property
    def contract(self) -> int:
        return self.terms.number

    @property
    def administrator(self) -> bool:
        """Whether the caller may do and see everything in the contract."""
        return self.role in (OWNER, ADMINISTRATOR)


ANYONE = Principal("", "", "", ContractTerms(0))
"""The caller of an open operation."""
