"""Private cross connects: layer 2 between private LANs of several data centers of one location."""

from __future__ import annotations

from collections.abc import Sequence

from ionstack.apis.cloudapi import facts
from ionstack.catalogue.field import Maybe, ReadOnly
from ionstack.catalogue.ids import sequential
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Document, Resource
from ionstack.catalogue.view import View
from ionstack.engine import documents, rows, sight
from ionstack.engine.find import Search
from ionstack.engine.row import Row
from ionstack.engine.unit import Unit
from ionstack.identity.principal import Principal
from ionstack.store.port import Tx

DATACENTER = "cloudapi.datacenter"
LAN_IDS = sequential("lans")


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


async def connected(tx: Tx, principal: Principal, found: Sequence[Row]) -> Sequence[Row]:
    """Cross connects with the LANs that name them, and the data centers that the caller may still connect."""
    contract = principal.contract
    every = {row.id: documents.load(row.desired) for row in await _datacenters(tx, contract)}
    visible = [row.id for row in await _datacenters(tx, contract, sight.viewer(principal))]
    shown = []
    for row in found:
        peers = [
            _peer(lan, every[lan.root]) for lan in await _lans(tx, contract, row.id) if lan.root in every
        ]
        places = {facts.metro_region(peer["location"]) for peer in peers}
        connectable = [
            {"id": id, "name": every[id].get("name", ""), "location": every[id]["location"]}
            for id in visible
            if not places or facts.metro_region(every[id]["location"]) in places
        ]
        about = {**documents.load(row.desired), "peers": peers, "connectableDatacenters": connectable}
        shown.append(row._replace(desired=documents.dump(about)))
    return shown


async def metro_region(unit: Unit, id: str) -> str:
    """Where the LANs of a cross connect are, which the first of them decides for all; empty without one.

    The cross connect is locked, so that no two LANs are the first.
    """
    await rows.lock(unit.tx, pcc, unit.contract, id)
    for lan in await _lans(unit.tx, unit.contract, id):
        row = await rows.get(unit.tx, unit.engine.catalogue[DATACENTER], unit.contract, lan.root)
        return facts.metro_region(documents.load(row.desired)["location"])
    return ""


async def _datacenters(tx: Tx, contract: int, viewer: str = "") -> Sequence[Row]:
    found = await rows.search(tx, Search(contract, DATACENTER, viewer=viewer))
    return [row for row in found if not row.deleting]


async def _lans(tx: Tx, contract: int, id: str) -> Sequence[Row]:
    return [lan for lan in await rows.referring(tx, contract, id, "pcc") if not lan.deleting]


def _peer(lan: Row, datacenter: Document) -> Document:
    return {
        "id": LAN_IDS.wire(lan.id),
        "name": documents.load(lan.desired).get("name", ""),
        "datacenterId": lan.root,
        "datacenterName": datacenter.get("name", ""),
        "location": datacenter["location"],
    }


pcc = Resource(
    kind="cloudapi.pcc",
    privilege="CREATE_PCC",
    properties=PrivateCrossConnectProperties,
    completion=connected,
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
