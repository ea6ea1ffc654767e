"""What users do about their second factor themselves, by their own credentials.

A password is enough to enrol, as long as no second factor is in force, even where one is demanded: otherwise
nobody could begin. Whatever weakens one that is in force takes a code of it, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from ionstack.engine.clock import Clock
from ionstack.errors import Forbidden
from ionstack.identity.events import Actor
from ionstack.identity.guessing import Patience
from ionstack.identity.second_factor import SecondFactor

AT_ONCE = 2
"""Codes of one user that may be tried at the same time. With the delay of wrong ones it would take months to
guess one; and only who has the password can try."""


class OwnFactor:
    """The way of users to their own second factor."""

    def __init__(self, clock: Clock, factor: SecondFactor) -> None:
        self._factor = factor
        self._patience = Patience(clock, AT_ONCE)

    async def renew_codes(self, user_id: str, code: str, actor: Actor) -> Sequence[str]:
        """Other recovery codes. Raises Forbidden for a wrong code, Conflict without a second factor."""
        await self.prove(user_id, code, actor)
        return await self._factor.renew_codes(user_id, actor)

    async def remove(self, user_id: str, code: str, actor: Actor) -> None:
        """Take the second factor away. Raises Forbidden for a wrong code, or where one is demanded."""
        if (await self._factor.standing(user_id)).forced:
            raise Forbidden("A second factor is demanded of the user: only an operator can remove it")
        await self.prove(user_id, code, actor)
        await self._factor.remove(user_id, actor)

    async def prove(self, user_id: str, code: str, actor: Actor) -> None:
        """Use up a one-time password or a recovery code. Raises Forbidden, later with each wrong one."""
        with self._patience.attempt(user_id):
            if not await self._factor.verify(user_id, code, actor):
                await self._patience.failed(user_id, user_id)
                raise Forbidden("The one-time password is wrong or was used before")
        self._patience.succeeded(user_id, user_id)
