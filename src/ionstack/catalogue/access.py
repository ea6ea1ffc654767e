"""Who may call an operation, in the few words there are for it.

What is said here is what the documentation shows and what a test holds every operation against; it is kept by the
engine (sight, privileges), by user management and by the control API's guard.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionstack.catalogue.view import View


class Who(Enum):
    """Whom an operation serves; the value says it in the documentation.

    An owner and administrators of the contract are among all of them but OPERATOR.
    """

    ANYBODY = "anybody, without credentials"
    OPERATOR = "the operator, by the admin token"
    OPERATOR_OR_USER = "the operator, by the admin token; users for themselves, by their own credentials"
    MEMBER = "every user of the contract"
    SEER = "who sees the resource"
    CHANGER = "who may change the resource"
    SELF = "the user themself; owner and administrators"
    SHARER = "who made the resource or may share it on; owner and administrators"
    ADMINISTRATOR = "owner and administrators"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call an operation, and which privilege they need besides (as tokens name it)."""

    who: Who
    privilege: str = ""

    @property
    def open(self) -> bool:
        """Whether the gateway asks for no credentials of a user."""
        return self.who in (Who.ANYBODY, Who.OPERATOR, Who.OPERATOR_OR_USER)

    def __str__(self) -> str:
        return f"{self.who.value}, with {self.privilege}" if self.privilege else self.who.value


ANYBODY, OPERATOR = Access(Who.ANYBODY), Access(Who.OPERATOR)
OPERATOR_OR_USER = Access(Who.OPERATOR_OR_USER)
MEMBER, SEER, CHANGER = Access(Who.MEMBER), Access(Who.SEER), Access(Who.CHANGER)
SELF, SHARER, ADMINISTRATOR = Access(Who.SELF), Access(Who.SHARER), Access(Who.ADMINISTRATOR)


def of_verb(view: View, verb: str) -> Access:
    """Who may do one of the six usual things with a view's resources."""
    match verb:
        case "list" if view.parent is None:
            return MEMBER
        case "list" | "get":
            return SEER
        case "create" | "ensure":
            return Access(Who.MEMBER if view.parent is None else Who.CHANGER, view.resource.privilege)
    return CHANGER
