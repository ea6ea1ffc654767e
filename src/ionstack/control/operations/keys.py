"""`/_ionstack/key`: the master key, which encrypts the secrets of the store, and its replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionstack.catalogue.access import OPERATOR
from ionstack.catalogue.operation import Answer, Call, Operation
from ionstack.control.admin import guarded, operator
from ionstack.control.shape import ANY, answer

if TYPE_CHECKING:
    from ionstack.app import Cloud


async def show(cloud: Cloud, call: Call) -> Answer:
    """The master keys by their names, and how many secrets each one opens."""
    at_hand = cloud.vault.keys
    counted = await cloud.rotation.secrets()
    items = [
        {"id": name, "encrypts": name == at_hand[0], "atHand": name in at_hand, "secrets": count}
        for name, count in counted.items()
    ]
    return answer({"items": items})


async def rotate(cloud: Cloud, call: Call) -> Answer:
    """Replace the master key, for a few seconds at a time: to be asked again until it is finished."""
    progress = await cloud.rotation.advance(operator(call))
    shown = {"id": cloud.vault.keys[0], "resealed": progress.resealed, "finished": progress.finished}
    return answer(shown)


OPERATIONS = (
    Operation(
        "keyGet", "GET", "/key", guarded(show), {200: ANY}, "Server", "The master keys in use",
        access=OPERATOR, errors=(401, 403),
    ),
    Operation(
        "keyRotate", "POST", "/key/rotate", guarded(rotate), {200: ANY}, "Server", "Replace the master key",
        access=OPERATOR, errors=(401, 403, 409),
    ),
)  # fmt: skip
