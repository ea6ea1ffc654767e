"""Servers of all four types: Enterprise, VCPU, Cube and GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from ionstack.apis.cloudapi.cpu import unfit
from ionstack.apis.cloudapi.datacenter import datacenter
from ionstack.apis.cloudapi.managed import ManagedBy
from ionstack.apis.cloudapi.securitygroup import SO_MANY_ON_A_RESOURCE, SecurityGroupIds
from ionstack.apis.cloudapi.serverdevices import (
    boot_volume_is_attached,
    booting_from_one_device,
    cdroms_for_its_drives,
    equipped_with_gpus,
    gpus_where_they_are,
    let_go_of_its_volumes,
    tell_the_boot_volumes,
)
from ionstack.apis.cloudapi.template import template
from ionstack.catalogue.field import Immutable, Internal, Length, Matches, Maybe, Observed, Range, Ref
from ionstack.catalogue.lifecycle import MACHINE
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Bound, Document, Resource, Usage
from ionstack.catalogue.view import Action, Attachment, Members, Paging, Selection, View
from ionstack.engine import documents, rows
from ionstack.engine.change import Change
from ionstack.errors import Problem

FROM_TEMPLATE = ("CUBE", "GPU")
"""The types whose size is a template's."""

RUNNING, SHUTOFF, SUSPENDED = "RUNNING", "SHUTOFF", "SUSPENDED"


class Boot(Properties):
    id: str
    type: Maybe[str] = None
    href: Maybe[str] = None


class ServerProperties(Properties):
    template_uuid: Immutable[Maybe[Annotated[str, Ref("cloudapi.template", kept=False)]]] = None
    name: Maybe[str] = None
    hostname: Maybe[Annotated[str, Length(1, 63), Matches("^[a-z0-9][a-z0-9-]*$")]] = None
    cores: Maybe[Annotated[int, Range(1)]] = None
    ram: Maybe[Annotated[int, Range(256)]] = None
    availability_zone: Immutable[Literal["AUTO", "ZONE_1", "ZONE_2"]] = "AUTO"
    vm_state: Observed[
        Literal["NOSTATE", "RUNNING", "BLOCKED", "PAUSED", "SHUTDOWN", "SHUTOFF", "CRASHED", "SUSPENDED"]
    ] = "NOSTATE"
    boot_cdrom: Maybe[Boot] = None
    boot_volume: Maybe[Boot] = None
    cpu_family: Maybe[str] = None
    type: Immutable[Literal["ENTERPRISE", "VCPU", "CUBE", "GPU"]] = "ENTERPRISE"
    nic_multi_queue: bool = False
    power: Internal[str] = RUNNING
    security_groups: Internal[SecurityGroupIds] = []
    cdroms: Internal[
        Annotated[list[str], Ref("cloudapi.image", refusal="The image is in a server's drive")]
    ] = []
    managed_by: ManagedBy = None


async def sized_by_its_template(change: Change) -> None:
    """A Cube or GPU server has the cores and memory of its template."""
    if change.action == "delete" or not change.after.get("templateUuid"):
        return
    if change.action == "update":
        for name in ("cores", "ram"):
            change.after.setdefault(name, change.before[name])
        return
    found = await rows.get(change.unit.tx, template, change.unit.contract, change.after["templateUuid"])
    properties = documents.load(found.desired)
    change.after |= {"cores": int(properties["cores"]), "ram": int(properties["ram"])}


async def given_a_cpu(change: Change) -> None:
    """Without a choice, a server gets the first CPU family of its data center, or keeps the one it has."""
    if change.action == "delete" or change.parent is None:
        return
    if not change.after.get("cpuFamily") and change.before.get("cpuFamily"):
        change.after["cpuFamily"] = change.before["cpuFamily"]
    families = documents.load(change.parent.desired)["cpuArchitecture"]
    if families and not change.after.get("cpuFamily"):
        change.after["cpuFamily"] = families[0]["cpuFamily"]


def _chosen(name: str) -> Callable[[Document], int]:
    """The size of a server that is not a template's: those are as large as the vendor made them."""

    def amount(one: Document) -> int:
        return 0 if one.get("type") in FROM_TEMPLATE else int(one.get(name) or 0)

    return amount


async def size_given_where_it_counts(change: Change) -> Problem | None:
    """Enterprise and VCPU servers say their size, the others name a template with GPUs or without."""
    if change.action != "create":
        return None
    by_template = change.after["type"] in FROM_TEMPLATE
    for name in ("cores", "ram"):
        if by_template and change.sent.get(name) is not None:
            return change.problem(name, f"A {change.after['type']} server has the {name} of its template")
        if not by_template and change.after.get(name) is None:
            return change.problem(name, "Attribute is required")
    if by_template != bool(change.after.get("templateUuid")):
        wanted = "is required" if by_template else "is only for Cube and GPU servers"
        return change.problem("templateUuid", f"Attribute {wanted}")
    return None


async def memory_in_steps(change: Change) -> Problem | None:
    """Memory comes in steps of 256 MB."""
    ram = change.after.get("ram")
    if ram and ram % 256 and change.after.get("type") not in FROM_TEMPLATE:
        return change.problem("ram", f"Attribute value '{ram}' must be a multiple of 256")
    return None


async def cpu_family_of_the_datacenter(change: Change) -> Problem | None:
    """Only Enterprise servers choose a CPU family, one that the data center has with enough cores."""
    if change.action == "delete" or change.parent is None:
        return None
    asked = change.sent.get("cpuFamily")
    if asked and change.after["type"] != "ENTERPRISE":
        code, kind = "200", "Cube" if change.after["type"] == "CUBE" else change.after["type"]
        message = f"[VDC-5-1921] The attribute 'cpuFamily' must not be provided for {kind} servers."
        return Problem(message, code=code)
    sized = {} if change.after["type"] in FROM_TEMPLATE else {"cores": "cores", "ram": "ram"}
    return unfit(change, documents.load(change.parent.desired), change.after.get("cpuFamily"), **sized)


async def fixed_if_from_a_template(change: Change) -> Problem | None:
    """The size of a Cube or GPU server cannot change; a Cube knows neither zones nor several queues."""
    if change.after.get("type") not in FROM_TEMPLATE:
        return None
    if change.action == "update":
        for name in ("cores", "ram"):
            if change.changed(name):
                return change.problem(name, "The size of this server is that of its template")
    if change.after["type"] == "CUBE":
        if change.after["availabilityZone"] != "AUTO":
            return change.problem("availabilityZone", "A Cube server has the availability zone AUTO")
        if change.after["nicMultiQueue"]:
            return change.problem("nicMultiQueue", "A Cube server has no multi queue")
    return None


async def power_as_the_type_allows(change: Change) -> Problem | None:
    """Cubes are suspended and resumed, Enterprise and VCPU servers started and stopped, GPU servers either."""
    kind, verb = change.after.get("type"), change.word
    if verb in ("start", "stop") and kind == "CUBE":
        return Problem(f"A Cube server cannot be {verb}ed; suspend and resume it", code="200")
    if verb in ("suspend", "resume") and kind in ("ENTERPRISE", "VCPU"):
        return Problem("Only Cube and GPU servers can be suspended and resumed", code="200")
    return None


server = Resource(
    kind="cloudapi.server",
    lifecycle=MACHINE,
    properties=ServerProperties,
    parent="cloudapi.datacenter",
    capability="server",
    preparations=(let_go_of_its_volumes,),
    derivations=(sized_by_its_template, given_a_cpu, booting_from_one_device),
    rules=(
        size_given_where_it_counts,
        memory_in_steps,
        cpu_family_of_the_datacenter,
        fixed_if_from_a_template,
        boot_volume_is_attached,
        power_as_the_type_allows,
        cdroms_for_its_drives,
        gpus_where_they_are,
    ),
    effects=(tell_the_boot_volumes, equipped_with_gpus),
    usage=(
        Usage("coresProvisioned", "coresPerContract", lambda one: int(one.get("cores") or 0)),
        Usage("ramProvisioned", "ramPerContract", lambda one: int(one.get("ram") or 0)),
    ),
    bounds=(
        Bound("coresPerServer", _chosen("cores")),
        Bound("ramPerServer", _chosen("ram")),
        SO_MANY_ON_A_RESOURCE,
    ),
)

servers = View(
    resource=server,
    type="server",
    collection="/datacenters/{datacenterId}/servers",
    item="/datacenters/{datacenterId}/servers/{serverId}",
    parent=datacenter,
    operations={
        "list": "datacentersServersGet",
        "create": "datacentersServersPost",
        "get": "datacentersServersFindById",
        "replace": "datacentersServersPut",
        "update": "datacentersServersPatch",
        "delete": "datacentersServersDelete",
    },
    tag="Servers",
    schemas={"item": "Server", "list": "Servers", "properties": "ServerProperties"},
    entities={
        "volumes": Members("cloudapi.volume", by="server"),
        "nics": Members("cloudapi.nic"),
        "securitygroups": Members("cloudapi.securitygroup", of="securityGroups"),
        "cdroms": Members("cloudapi.image", of="cdroms"),
        "gpus": Members("cloudapi.gpu"),
    },
    composite=("volumes", "nics", "cdroms"),
    actions={
        "start": Action("datacentersServersStartPost", {"power": RUNNING}),
        "stop": Action("datacentersServersStopPost", {"power": SHUTOFF}),
        "reboot": Action("datacentersServersRebootPost", {"power": RUNNING}),
        "suspend": Action("datacentersServersSuspendPost", {"power": SUSPENDED}),
        "resume": Action("datacentersServersResumePost", {"power": RUNNING}),
        "upgrade": Action("datacentersServersUpgradePost", {"power": RUNNING}),
    },
    attachments={
        "volumes": Attachment(
            "datacentersServersVolumesGet",
            "datacentersServersVolumesPost",
            "datacentersServersVolumesFindById",
            detach="datacentersServersVolumesDelete",
            schema="AttachedVolumes",
            paging=Paging(limit=1000, most=10000),
        ),
        "cdroms": Attachment(
            "datacentersServersCdromsGet",
            "datacentersServersCdromsPost",
            "datacentersServersCdromsFindById",
            detach="datacentersServersCdromsDelete",
            schema="Cdroms",
            paging=Paging(limit=1000, most=10000),
            item="cdromId",
        ),
    },
    selections={"securitygroups": Selection("datacentersServersSecuritygroupsPut")},
    flags=("deleteVolumes",),
    paging=Paging(limit=1000, most=10000),
)
