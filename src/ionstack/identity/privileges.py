"""What a group may allow its members, beyond reading.

The names in a token are the upper-case form of CloudAPI's group properties (`createDataCenter` becomes
`CREATE_DATA_CENTER`). The one name the vendor's clients are known to read is kept as they know it:
`s3Privilege` is `ACCESS_S3_OBJECT_STORAGE`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PROPERTIES = (
    "createDataCenter", "createSnapshot", "reserveIp", "accessActivityLog", "createPcc", "s3Privilege",
    "createBackupUnit", "createInternetAccess", "createK8sCluster", "createFlowLog",
    "accessAndManageMonitoring", "accessAndManageCertificates", "manageDBaaS", "accessAndManageDns",
    "manageRegistry", "manageDataplatform", "accessAndManageLogging", "accessAndManageCdn",
    "accessAndManageVpn", "accessAndManageApiGateway", "accessAndManageKaas",
    "accessAndManageNetworkFileStorage", "accessAndManageAiModelHub", "accessAndManageIamResources",
    "createNetworkSecurityGroups",
)  # fmt: skip

_KNOWN = {"s3Privilege": "ACCESS_S3_OBJECT_STORAGE", "manageDBaaS": "MANAGE_DBAAS"}


def _name(group_property: str) -> str:
    return _KNOWN.get(group_property) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", group_property).upper()


PRIVILEGES: Mapping[str, str] = {group_property: _name(group_property) for group_property in _PROPERTIES}
"""The privilege's name by the group property that grants it."""

ALL = frozenset(PRIVILEGES.values())

OWNER, ADMINISTRATOR, USER = "owner", "administrator", "user"
ROLES = (OWNER, ADMINISTRATOR, USER)


def of_role(role: str) -> frozenset[str]:
    """The privileges that a role has without any group."""
    return ALL if role in (OWNER, ADMINISTRATOR) else frozenset()
