"""What the vendor has and Ionstack does not serve, each with a reason.

The ledger test holds this table to the catalogue: an operation is served or declined here, never both and
never neither, and a row that stands for nothing goes.
"""

from __future__ import annotations

from collections.abc import Mapping

from ionstack.catalogue.api import Api

DECLINED: Mapping[str, Mapping[str, str]] = {
    "activitylog": {"/": "not yet: the activity log"},
    "billing": {"/": "not yet: billing"},
    "reseller": {"/": "not yet: resellers"},
    "quota": {"/": "not yet: quotas"},
    "identityfederation": {"/": "not yet: identity providers"},
    "modelhub": {"/": "not yet: models"},
    "openai": {"/": "not yet: models"},
    "apigateway": {"/": "not yet: API gateways"},
    "cdn": {"/": "not yet: content delivery"},
    "certificatemanager": {"/": "not yet: certificates"},
    "containerregistry": {"/": "not yet: container registries"},
    "dataplatform": {"/": "not yet: the data platform"},
    "postgresql": {"/": "not yet: databases"},
    "postgresqlv2": {"/": "not yet: databases"},
    "mongodb": {"/": "not yet: databases"},
    "mariadb": {"/": "not yet: databases"},
    "mariadbv2": {"/": "not yet: databases"},
    "inmemorydb": {"/": "not yet: databases"},
    "inmemorydbv2": {"/": "not yet: databases"},
    "dns": {"/": "not yet: zones and records"},
    "kafka": {"/": "not yet: event streams"},
    "logging": {"/": "not yet: logs"},
    "monitoring": {"/": "not yet: metrics"},
    "nfs": {"/": "not yet: network file storage"},
    "vmautoscaling": {"/": "not yet: autoscaling of servers"},
    "vpn": {"/": "not yet: VPN gateways"},
}
"""By API: the reason by a path, which stands for all below it too, or by the id of one operation."""


def reasons(api: Api, path: str, operation_id: str) -> Mapping[str, str]:
    """The rows of the table that an operation of the vendor's falls under; none if it is not declined."""
    return {
        row: reason
        for row, reason in DECLINED.get(api.name, {}).items()
        if row == operation_id or (row.startswith("/") and f"{path}/".startswith(f"{row.rstrip('/')}/"))
    }
