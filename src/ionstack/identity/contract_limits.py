"""The limits of a new contract, under the names of CloudAPI's resourceLimits. Memory and disks are in MB."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_LIMITS: Mapping[str, int] = {
    "coresPerServer": 62,
    "coresPerContract": 10_000,
    "ramPerServer": 245_760,
    "ramPerContract": 40_960_000,
    "hddLimitPerVolume": 4_194_304,
    "hddLimitPerContract": 1_073_741_824,
    "ssdLimitPerVolume": 4_194_304,
    "ssdLimitPerContract": 1_073_741_824,
    "reservableIps": 1_000,
    "k8sClusterLimitTotal": 500,
    "nlbLimitTotal": 500,
    "natGatewayLimitTotal": 500,
    "securityGroupsPerVdc": 200,
    "securityGroupsPerResource": 10,
    "rulesPerSecurityGroup": 100,
}

TRIAL_LIMITS: Mapping[str, int] = {
    **DEFAULT_LIMITS,
    "coresPerServer": 4,
    "coresPerContract": 8,
    "ramPerServer": 20_480,
    "ramPerContract": 40_960,
    "hddLimitPerVolume": 102_400,
    "hddLimitPerContract": 512_000,
    "ssdLimitPerVolume": 102_400,
    "ssdLimitPerContract": 512_000,
    "reservableIps": 4,
    "k8sClusterLimitTotal": 1,
    "nlbLimitTotal": 1,
    "natGatewayLimitTotal": 1,
}
"""Those of somebody who tries the cloud out; cores and memory of a server are as the vendor gives them."""
