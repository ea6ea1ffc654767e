"""What the declarations cannot tell of a resource's properties, by the collection it is created in."""

from __future__ import annotations

import base64
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from tests.api.cloudapi.calls import read
from tests.api.cloudapi.echo import Case, World

DATACENTER = "/datacenters/{datacenterId}"
SERVER = f"{DATACENTER}/servers/{{serverId}}"
NIC = f"{SERVER}/nics/{{nicId}}"
NAT = f"{DATACENTER}/natgateways/{{natGatewayId}}"
NLB = f"{DATACENTER}/networkloadbalancers/{{networkLoadBalancerId}}"
ALB = f"{DATACENTER}/applicationloadbalancers/{{applicationLoadBalancerId}}"

ONE_SOURCE = "a volume is made from one thing"
IN_IT = "it names what is in the resource, which is not there before"
NOT_TOGETHER = "excluded by another property of the case"


async def lan(world: World, place: str, **properties: Any) -> int:
    """The number of a new LAN in the data center of a path."""
    root = "/".join(place.split("/")[:3])
    return int((await world.new(f"{root}/lans", **properties))["id"])


async def network(world: World, place: str, number: int) -> IPv4Network:
    """A private LAN's addresses."""
    root = "/".join(place.split("/")[:3])
    shown = await read(world.running, f"{root}/lans/{number}")
    return IPv4Network(shown["properties"]["ipv4CidrBlock"])


async def in_txl(world: World, place: str) -> dict[str, Any]:
    return {"location": "de/txl"}


async def default_group(world: World, path: str) -> dict[str, Any]:
    group = await world.new(f"{path}/securitygroups", name="default")
    return {"defaultSecurityGroupId": group["id"]}


async def enterprise(world: World, place: str) -> dict[str, Any]:
    root = await read(world.running, place.removesuffix("/servers"))
    family = root["properties"]["cpuArchitecture"][-1]["cpuFamily"]
    return {"type": "ENTERPRISE", "cpuFamily": family, "ram": 2048}


async def cube(world: World, place: str) -> dict[str, Any]:
    found = await read(world.running, "/templates?depth=1&filter.name=Basic Cube S")
    return {"type": "CUBE", "templateUuid": found["items"][0]["id"]}


DAS = {"volumes": {"items": [{"properties": {"type": "DAS", "licenceType": "OTHER", "name": "disk"}}]}}


async def boot_volume(world: World, path: str) -> dict[str, Any]:
    body = {"properties": {"size": 10, "licenceType": "OTHER"}}
    answer = await world.running.api.post(f"{path}/volumes", json=body)
    assert answer.status_code == 202, answer.text
    made = answer.json()
    return {"bootVolume": {name: made[name] for name in ("id", "type", "href")}}


async def boot_cdrom(world: World, path: str) -> dict[str, Any]:
    query = "depth=1&filter.location=de/txl&filter.imageType=CDROM"
    found = (await read(world.running, f"/images?{query}"))["items"][0]
    return {"bootCdrom": {name: found[name] for name in ("id", "type", "href")}}


async def public_image(world: World, place: str) -> dict[str, Any]:
    query = "depth=1&filter.location=de/txl&filter.imageAliases=debian:12"
    found = (await read(world.running, f"/images?{query}"))["items"]
    return {
        "image": next(one["id"] for one in found if one["properties"]["imageType"] == "HDD"),
        "imageAlias": "debian:12",
        "type": "SSD Premium",
        "size": 20,
        "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx echo"],
        "userData": base64.b64encode(b"#cloud-config").decode(),
        "backupunitId": (await world.path("/backupunits/{backupunitId}")).rpartition("/")[2],
    }


async def interface(world: World, place: str) -> dict[str, Any]:
    number = await lan(world, place, ipv6CidrBlock="AUTO")
    root = "/".join(place.split("/")[:3])
    block = (await read(world.running, f"{root}/lans/{number}"))["properties"]["ipv6CidrBlock"]
    inside = next(IPv6Network(block).subnets(new_prefix=80))
    return {
        "lan": number,
        "mac": "02:01:ec:40:ec:40",
        "ips": [str((await network(world, place, number))[77])],
        "ipv6CidrBlock": str(inside),
        "ipv6Ips": [str(inside[7])],
    }


async def ported(world: World, place: str) -> dict[str, Any]:
    return {
        "protocol": "TCP", "sourceMac": "02:01:ec:40:ec:41", "ipVersion": "IPv4", "sourceIp": "10.1.0.0/16",
        "targetIp": "10.2.0.0/16", "portRangeStart": 80, "portRangeEnd": 90,
    }  # fmt: skip


async def icmp(world: World, place: str) -> dict[str, Any]:
    return {**await ported(world, place), "protocol": "ICMP"}


FIREWALL = [
    Case(ported, dict.fromkeys(("icmpType", "icmpCode"), NOT_TOGETHER)),
    Case(icmp, dict.fromkeys(("portRangeStart", "portRangeEnd"), NOT_TOGETHER)),
]


async def connected(world: World, place: str) -> dict[str, Any]:
    root = await read(world.running, place.removesuffix("/lans"))
    blocks = list(IPv6Network(root["properties"]["ipv6CidrBlock"]).subnets(new_prefix=64))
    pcc = (await world.path("/pccs/{pccId}")).rpartition("/")[2]
    return {"public": False, "pcc": pcc, "ipv6CidrBlock": str(blocks[200])}


async def failover(world: World, path: str) -> dict[str, Any]:
    (ip,) = await world.ips(1)
    root, _, number = path.rpartition("/lans/")
    server = await world.new(f"{root}/servers", cores=1, ram=1024)
    nic = await world.new(f"{root}/servers/{server['id']}/nics", lan=int(number), ips=[ip])
    return {"ipFailover": [{"ip": ip, "nicUuid": nic["id"]}]}


async def old_balancer(world: World, place: str) -> dict[str, Any]:
    return {"ip": "10.9.8.7"}


async def targets(world: World, place: str) -> dict[str, Any]:
    target = {
        "ip": "10.0.0.9", "port": 81, "weight": 7, "proxyProtocol": "v2", "healthCheckEnabled": False,
        "maintenanceEnabled": True,
    }  # fmt: skip
    check = {
        "path": "/echo", "method": "PATCH", "matchType": "RESPONSE_BODY", "response": "fine", "regex": True,
        "negate": True,
    }  # fmt: skip
    return {"targets": [target], "httpHealthCheck": check, "location": "de/txl"}


async def gateway(world: World, place: str) -> dict[str, Any]:
    number = await lan(world, place)
    inside = await network(world, place, number)
    own = [{"id": number, "gatewayIps": [f"{inside[5]}/24"]}]
    return {"publicIps": await world.ips(1), "lans": own}


async def translation(world: World, place: str) -> dict[str, Any]:
    above = await read(world.running, place.removesuffix("/rules"))
    return {
        "protocol": "TCP", "sourceSubnet": "10.3.0.0/24", "targetSubnet": "10.4.0.0/24",
        "publicIp": above["properties"]["publicIps"][0], "targetPortRange": {"start": 8, "end": 9},
    }  # fmt: skip


async def balancer(world: World, place: str) -> dict[str, Any]:
    outside, inside = await lan(world, place), await lan(world, place)
    return {
        "listenerLan": outside,
        "targetLan": inside,
        "ips": [str((await network(world, place, outside))[50])],
        "lbPrivateIps": [f"{(await network(world, place, inside))[60]}/24"],
    }


async def forwarding(world: World, place: str) -> dict[str, Any]:
    above = await read(world.running, place.removesuffix("/forwardingrules"))
    target = {
        "ip": "10.0.0.9", "port": 81, "weight": 7, "proxyProtocol": "v1",
        "healthCheck": {"check": False, "checkInterval": 1234, "maintenance": True},
    }  # fmt: skip
    return {"listenerIp": above["properties"]["ips"][0], "targets": [target]}


async def http_forwarding(world: World, place: str) -> dict[str, Any]:
    above = await read(world.running, place.removesuffix("/forwardingrules"))
    group = (await world.path("/targetgroups/{targetGroupId}")).rpartition("/")[2]
    header = {"type": "HEADER", "condition": "CONTAINS", "negate": True, "key": "x-echo", "value": "echo"}
    rules = [
        {"name": "forward", "type": "FORWARD", "targetGroup": group, "conditions": [header]},
        {
            "name": "redirect", "type": "REDIRECT", "location": "https://echo.example", "dropQuery": True,
            "statusCode": 302, "conditions": [],
        },
        {
            "name": "static", "type": "STATIC", "responseMessage": "echo", "contentType": "text/plain",
            "statusCode": 200, "conditions": [],
        },
    ]  # fmt: skip
    return {
        "listenerIp": above["properties"]["ips"][0],
        "httpRules": rules,
        "serverCertificates": ["0a1b2c3d-0000-4000-8000-000000000001"],
    }


WINDOW = {"dayOfTheWeek": "Friday", "time": "03:04:05Z"}


async def private_cluster(world: World, place: str) -> dict[str, Any]:
    versions = await read(world.running, "/k8s/versions")
    return {
        "k8sVersion": versions[0], "location": "de/txl", "natGatewayIp": (await world.ips(1))[0],
        "nodeSubnet": "10.11.0.0/16", "apiSubnetAllowList": ["10.12.0.0/16"], "maintenanceWindow": WINDOW,
        "public": False,
    }  # fmt: skip


async def public_cluster(world: World, place: str) -> dict[str, Any]:
    return {**await private_cluster(world, place), "public": True, "name": "echopublic"}


async def node_pool(world: World, place: str) -> dict[str, Any]:
    root = await world.path(DATACENTER)
    shown = await read(world.running, root)
    above = await read(world.running, place.removesuffix("/nodepools"))
    number = await lan(world, root)
    route = {"network": "10.5.0.0/16", "gatewayIp": "10.5.0.1"}
    return {
        "datacenterId": shown["id"], "cpuFamily": shown["properties"]["cpuArchitecture"][0]["cpuFamily"],
        "serverType": "DedicatedCore", "k8sVersion": above["properties"]["k8sVersion"], "ramSize": 4096,
        "maintenanceWindow": WINDOW, "nodeCount": 2, "autoScaling": {"minNodeCount": 1, "maxNodeCount": 3},
        "lans": [{"id": number, "dhcp": False, "routes": [route]}], "publicIps": await world.ips(4),
        "storageType": "HDD",
    }  # fmt: skip


async def backup(world: World, place: str) -> dict[str, Any]:
    world.count += 1
    return {"name": f"echo{world.count}", "email": "echo@example.com"}


LOG = Case()

CASES: dict[str, list[Case]] = {
    "/datacenters": [Case(in_txl, {"defaultSecurityGroupId": IN_IT}, later=default_group)],
    f"{DATACENTER}/servers": [
        Case(
            enterprise,
            {"templateUuid": "Enterprise servers have none", **dict.fromkeys(("bootCdrom", "bootVolume"), IN_IT)},
            later=boot_volume,
        ),
        Case(
            cube,
            {
                **dict.fromkeys(("cores", "ram", "cpuFamily", "availabilityZone", "nicMultiQueue"), "Cubes have none of their own"),
                **dict.fromkeys(("bootCdrom", "bootVolume"), IN_IT),
            },
            later=boot_cdrom,
            entities=DAS,
            put=False,  # it refuses the cpuFamily that it shows
        ),
    ],
    f"{DATACENTER}/volumes": [
        Case(public_image, {"imageAlias": ONE_SOURCE}),
        Case(public_image, {"image": ONE_SOURCE}),
    ],
    f"{SERVER}/nics": [Case(interface)],
    f"{NIC}/firewallrules": FIREWALL,
    f"{DATACENTER}/lans": [
        Case(connected, {"ipFailover": IN_IT}),
        Case(
            None,
            {"pcc": "public", "ipFailover": IN_IT, "ipv6CidrBlock": "the first case"},
            later=failover,
        ),
    ],
    "/ipblocks": [Case(in_txl)],
    "/pccs": [Case(put=False)],
    f"{DATACENTER}/securitygroups": [Case()],
    f"{DATACENTER}/securitygroups/{{securityGroupId}}/rules": FIREWALL,
    f"{DATACENTER}/loadbalancers": [Case(old_balancer)],
    "/targetgroups": [Case(targets)],
    f"{DATACENTER}/natgateways": [Case(gateway)],
    f"{NAT}/rules": [Case(translation)],
    f"{DATACENTER}/networkloadbalancers": [Case(balancer)],
    f"{NLB}/forwardingrules": [Case(forwarding)],
    f"{DATACENTER}/applicationloadbalancers": [Case(balancer)],
    f"{ALB}/forwardingrules": [Case(http_forwarding)],
    **{f"{above}/flowlogs": [LOG] for above in (NIC, NAT, NLB, ALB)},
    "/k8s": [
        Case(public_cluster, dict.fromkeys(("natGatewayIp", "nodeSubnet"), "for private ones")),
        Case(private_cluster),
    ],
    "/k8s/{k8sClusterId}/nodepools": [Case(node_pool, put=False)],  # it refuses even the name it has
    "/backupunits": [Case(backup)],
    **{
        f"{above}/labels": [Case()]
        for above in (
            DATACENTER, SERVER, f"{DATACENTER}/volumes/{{volumeId}}", "/ipblocks/{ipblockId}",
            "/snapshots/{snapshotId}", "/images/{imageId}",
        )
    },
}  # fmt: skip
"""The first case of a collection is what others stand on."""
