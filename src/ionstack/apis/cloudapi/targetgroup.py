"""Target groups: what application load balancers forward to, contract-wide."""

from __future__ import annotations

from typing import Annotated, Literal

from ionstack.catalogue.field import Format, Maybe, Range, Ref
from ionstack.catalogue.properties import Properties
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Paging, View

Port = Annotated[int, Range(1, 65535)]
Weight = Annotated[int, Range(0, 256)]
Milliseconds = Annotated[int, Range(1, 2**31 - 1)]
ProxyProtocol = Literal["none", "v1", "v2", "v2ssl"]
Algorithm = Literal["ROUND_ROBIN", "LEAST_CONNECTION", "RANDOM", "SOURCE_IP"]


class Target(Properties):
    ip: Annotated[str, Format("ipv4")]
    port: Port
    weight: Weight
    proxy_protocol: ProxyProtocol = "none"
    health_check_enabled: bool = True
    maintenance_enabled: bool = False


class HealthCheck(Properties):
    check_timeout: Milliseconds = 500
    check_interval: Milliseconds = 2000
    retries: Annotated[int, Range(0, 65535)] = 3


class HttpHealthCheck(Properties):
    path: str = "/"
    method: Literal["HEAD", "PUT", "POST", "GET", "TRACE", "PATCH", "OPTIONS"] = "GET"
    match_type: Literal["STATUS_CODE", "RESPONSE_BODY"]
    response: str
    regex: bool = False
    negate: bool = False


class TargetGroupProperties(Properties):
    name: str
    algorithm: Algorithm
    protocol: Literal["HTTP"]
    protocol_version: Maybe[Literal["HTTP1", "HTTP2"]] = None
    location: Maybe[Annotated[str, Ref("cloudapi.location", kept=False)]] = None
    targets: list[Target] = []
    health_check: Maybe[HealthCheck] = None
    http_health_check: Maybe[HttpHealthCheck] = None


targetgroup = Resource(kind="cloudapi.targetgroup", properties=TargetGroupProperties)

targetgroups = View(
    resource=targetgroup,
    type="target-group",
    collection="/targetgroups",
    item="/targetgroups/{targetGroupId}",
    operations={
        "list": "targetgroupsGet",
        "create": "targetgroupsPost",
        "get": "targetgroupsFindByTargetGroupId",
        "replace": "targetgroupsPut",
        "update": "targetgroupsPatch",
        "delete": "targetGroupsDelete",
    },
    tag="Target groups",
    schemas={"item": "TargetGroup", "list": "TargetGroups", "properties": "TargetGroupProperties"},
    paging=Paging(limit=100, most=200),
)
