"""CPU families: which a data center offers, and how much of one a machine may have."""

from __future__ import annotations

from ionstack.catalogue.resource import Document
from ionstack.engine.change import Change
from ionstack.errors import Problem


def unfit(
    change: Change, datacenter: Document, family: str | None, *, cores: str = "", ram: str = ""
) -> Problem | None:
    """A problem if the data center has no such family, or not so many cores or so much memory of it.

    `cores` and `ram` name the properties to look at, where they count.
    """
    offered = {one["cpuFamily"]: one for one in datacenter["cpuArchitecture"]}
    if family not in offered:
        names = ", ".join(offered)
        return change.problem(
            "cpuFamily", f"Attribute value '{family}' not allowed. Expected one of [{names}]"
        )
    for name, most in ((cores, offered[family]["maxCores"]), (ram, offered[family]["maxRam"])):
        if name and (change.after.get(name) or 0) > most:
            return change.problem(name, f"Attribute value '{change.after[name]}' must be at most {most}")
    return None
