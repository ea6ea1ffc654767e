"""Maintenance windows: four hours of a week in which the vendor works on what it manages."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from ionstack.catalogue.field import Lasting, Matches, Maybe
from ionstack.catalogue.properties import Properties
from ionstack.engine.change import Change

Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class MaintenanceWindow(Properties):
    day_of_the_week: Day
    time: Annotated[str, Matches("^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z?$")]


Window = Lasting[Maybe[MaintenanceWindow]]


async def maintained(change: Change) -> None:
    """Without a choice the window is anywhere in the week; its time is shown with its zone."""
    if change.action == "delete":
        return
    window = change.after.get("maintenanceWindow")
    if window:
        change.after["maintenanceWindow"] = {**window, "time": f"{window['time'].rstrip('Z')}Z"}
        return
    number = int(change.id[-8:], 16)
    change.after["maintenanceWindow"] = {
        "dayOfTheWeek": get_args(Day)[number % 7],
        "time": f"{number // 7 % 24:02}:{number // 168 % 60:02}:00Z",
    }
