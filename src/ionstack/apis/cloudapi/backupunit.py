"""Backup units: an account for backups, named once, whose password nobody reads back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import orjson

from ionstack.apis.cloudapi.signon import signed, site
from ionstack.catalogue.access import CHANGER
from ionstack.catalogue.field import Immutable, Length, Matches, Secret
from ionstack.catalogue.operation import Answer, Call, Operation, Reply
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import View
from ionstack.dialects.cloudapi import query
from ionstack.dialects.cloudapi.parameters import CONTRACT, PRETTY, SEARCHING, path_parameters
from ionstack.dialects.target import Target
from ionstack.dialects.text import body
from ionstack.engine import documents
from ionstack.engine.change import Change
from ionstack.engine.find import Filter, Match, Search
from ionstack.engine.rows import search
from ionstack.errors import Problem

if TYPE_CHECKING:
    from ionstack.app import Cloud


class BackupUnitProperties(Properties):
    name: Immutable[Annotated[str, Length(1, 63), Matches("^[A-Za-z0-9]+$", "Letters and digits only")]]
    password: Secret[Annotated[str, Length(8, 128)] | None] = None
    email: (
        Annotated[str, Length(3, 254), Matches("^[^@ ]+@[^@ ]+$", "It must be an e-mail address")] | None
    ) = None


async def with_an_account(change: Change) -> Problem | None:
    """A new backup unit has a password and an address to write to."""
    if change.action != "create":
        return None
    missing = next((name for name in ("password", "email") if not change.sent.get(name)), "")
    return change.problem(missing, "Attribute is required") if missing else None


async def named_once(change: Change) -> Problem | None:
    """Two backup units of a contract have different names: the name is part of the login."""
    if change.action != "create":
        return None
    name = change.after["name"]
    same = Filter("name", Match.TEXT, (name,), "desired")
    found = await search(change.unit.tx, Search(change.unit.contract, backupunit.kind, filters=(same,)))
    if any(documents.load(row.desired)["name"].lower() == name.lower() for row in found):
        return change.problem("name", f"There is a backup unit '{name}' already")
    return None


backupunit = Resource(
    kind="cloudapi.backupunit",
    privilege="CREATE_BACKUP_UNIT",
    properties=BackupUnitProperties,
    rules=(with_an_account, named_once),
)

backupunits = View(
    resource=backupunit,
    type="backupunit",
    collection="/backupunits",
    item="/backupunits/{backupunitId}",
    operations={
        "list": "backupunitsGet",
        "create": "backupunitsPost",
        "get": "backupunitsFindById",
        "replace": "backupunitsPut",
        "update": "backupunitsPatch",
        "delete": "backupunitsDelete",
    },
    tag="Backup Units",
    schemas={"item": "BackupUnit", "list": "BackupUnits", "properties": "BackupUnitProperties"},
)

_TARGET = Target(backupunits)


async def sso_url(cloud: Cloud, call: Call) -> Answer:
    """Where the backup unit would be managed: an address that carries a token which names it."""
    row = await cloud.engine.read(lambda tx: _TARGET.changeable(tx, call))
    login = f"{row.contract}-{documents.load(row.desired)['name']}"
    token = await signed(cloud, row, "backupunit", login=login)
    shown = {"ssoUrl": f"{site(call)}/backup?jwt={token}"}
    return Answer(200, body(orjson.dumps(shown).decode(), pretty=query.pretty(call.query)))


def operations() -> Sequence[Operation]:
    """`GET <backupunit>/ssourl`."""
    path = f"{backupunits.item}/ssourl"
    return [
        Operation(
            id="backupunitsSsourlGet",
            method="GET",
            path=path,
            handler=sso_url,
            replies={200: Reply({"$ref": "#/components/schemas/BackupUnitSSO"})},
            tag=backupunits.tag,
            summary="Retrieve the single sign-on address of a backup unit",
            parameters=(*path_parameters(path), PRETTY, CONTRACT, *SEARCHING),
            errors=(404,),
            access=CHANGER,
            components={
                "BackupUnitSSO": {
                    "type": "object",
                    "properties": {"ssoUrl": {"type": "string", "readOnly": True}},
                }
            },
        )
    ]
