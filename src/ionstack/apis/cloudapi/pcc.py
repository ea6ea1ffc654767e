"""Private cross connects: layer 2 between private LANs of several data centers of one location."""

from __future__ import annotations

from ionstack.apis.cloudapi import facts
from ionstack.catalogue.field import Maybe, ReadOnly
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Document, Resource
from ionstack.catalogue.view import View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.engine.find import Search
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit

DATACENTER, LAN = "cloudapi.datacenter", "cloudapi.lan"


class Peer(Properties):
    id: str
    name: str
    datacenter_id: str
    datacenter_name: str
    location: str


class ConnectableDatacenter(Properties):
    id: str
    name: str
    location: str


class PrivateCrossConnectProperties(Properties):
    name: Maybe[str] = None
    description: Maybe[str] = None
    peers: ReadOnly[list[Peer]]
    connectable_datacenters: ReadOnly[list[ConnectableDatacenter]]


async def without_peers_at_first(change: Change) -> None:
    """A new cross connect reaches every data center of the contract."""
    if change.action == "create":
        change.after |= await connections(change.unit, [])


async def connections(unit: Unit, lans: list[Row]) -> Document:
    """What a cross connect shows of its LANs, and the data centers that may still join them.

    The first LAN decides on the location (metro region) of all others.
    """
    kind = unit.engine.catalogue[DATACENTER]
    found = await rows.search(unit.tx, Search(unit.contract, DATACENTER))
    datacenters = {row.id: documents.desired(kind, row) for row in found if not row.deleting}
    peers = [
        {
            "id": unit.engine.catalogue[LAN].ids.wire(lan.id),
            "name": documents.load(lan.desired).get("name", ""),
            "datacenterId": lan.root,
            "datacenterName": datacenters[lan.root].get("name", ""),
            "location": datacenters[lan.root]["location"],
        }
        for lan in lans
        if lan.root in datacenters
    ]
    places = {facts.metro_region(peer["location"]) for peer in peers}
    connectable = [
        {"id": id, "name": properties.get("name", ""), "location": properties["location"]}
        for id, properties in datacenters.items()
        if not places or facts.metro_region(properties["location"]) in places
    ]
    return {"peers": peers, "connectableDatacenters": connectable}


async def renew(unit: Unit, id: str) -> None:
    """Write down anew what a cross connect connects."""
    row = await rows.find(unit.tx, pcc, unit.contract, id)
    if row is None or row.deleting:
        return
    row = await rows.lock(unit.tx, pcc, unit.contract, id)
    lans = [lan for lan in await rows.referring(unit.tx, unit.contract, id, "pcc") if not lan.deleting]
    await unit.derive(pcc, row, await connections(unit, lans))


async def renew_all(change: Change) -> None:
    """Data centers come, go and are renamed: every cross connect tells of them."""
    if change.action == "update" and not change.changed("name"):
        return
    for row in await rows.search(change.unit.tx, Search(change.unit.contract, pcc.kind)):
        await renew(change.unit, row.id)


pcc = Resource(
    kind="cloudapi.pcc",
    privilege="CREATE_PCC",
    properties=PrivateCrossConnectProperties,
    derivations=(without_peers_at_first,),
)

pccs = View(
    resource=pcc,
    type="pcc",
    collection="/pccs",
    item="/pccs/{pccId}",
    operations={
        "list": "pccsGet",
        "create": "pccsPost",
        "get": "pccsFindById",
        "update": "pccsPatch",
        "delete": "pccsDelete",
    },
    tag="Cross Connects",
    schemas={
        "item": "PrivateCrossConnect",
        "list": "PrivateCrossConnects",
        "properties": "PrivateCrossConnectProperties",
    },
)
