"""CloudAPI v6: virtual data centers and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ionstack.apis.cloudapi import (
    backupunit,
    console,
    contract,
    facts,
    info,
    k8sversion,
    kubeconfig,
    label,
    location,
    request,
    um,
)
from ionstack.apis.cloudapi.applicationforwardingrule import applicationforwardingrules
from ionstack.apis.cloudapi.applicationloadbalancer import applicationloadbalancers
from ionstack.apis.cloudapi.datacenter import datacenters
from ionstack.apis.cloudapi.firewallrule import firewallrules
from ionstack.apis.cloudapi.flowlog import FLOWLOGS
from ionstack.apis.cloudapi.gpu import gpus
from ionstack.apis.cloudapi.image import images
from ionstack.apis.cloudapi.ipblock import ipblocks
from ionstack.apis.cloudapi.k8scluster import k8sclusters
from ionstack.apis.cloudapi.k8snode import nodes
from ionstack.apis.cloudapi.k8snodepool import nodepools
from ionstack.apis.cloudapi.lan import lans
from ionstack.apis.cloudapi.loadbalancer import loadbalancers
from ionstack.apis.cloudapi.location import locations
from ionstack.apis.cloudapi.natgateway import natgateways
from ionstack.apis.cloudapi.natgatewayrule import natgatewayrules
from ionstack.apis.cloudapi.networkforwardingrule import networkforwardingrules
from ionstack.apis.cloudapi.networkloadbalancer import networkloadbalancers
from ionstack.apis.cloudapi.nic import nics
from ionstack.apis.cloudapi.pcc import pccs
from ionstack.apis.cloudapi.securitygroup import securitygroups
from ionstack.apis.cloudapi.securitygrouprule import securitygrouprules
from ionstack.apis.cloudapi.server import servers
from ionstack.apis.cloudapi.snapshot import OfVolumes, snapshots
from ionstack.apis.cloudapi.targetgroup import targetgroups
from ionstack.apis.cloudapi.template import templates
from ionstack.apis.cloudapi.volume import volumes
from ionstack.catalogue.operation import Operation
from ionstack.catalogue.registry import Views
from ionstack.catalogue.resource import Document, Resource
from ionstack.dialects.cloudapi.operations import of_view

VIEWS = Views(
    (
        datacenters,
        servers,
        volumes,
        nics,
        firewallrules,
        lans,
        ipblocks,
        pccs,
        securitygroups,
        securitygrouprules,
        loadbalancers,
        targetgroups,
        natgateways,
        natgatewayrules,
        networkloadbalancers,
        networkforwardingrules,
        applicationloadbalancers,
        applicationforwardingrules,
        *FLOWLOGS,
        k8sclusters,
        nodepools,
        nodes,
        snapshots,
        gpus,
        backupunit.backupunits,
        locations,
        images,
        templates,
        *(label.labels_of(one) for one in label.LABELLED),
    )
)

RESOURCES: tuple[Resource, ...] = tuple({view.resource.kind: view.resource for view in VIEWS}.values())

FACTS: Mapping[str, Mapping[str, Document]] = {
    locations.resource.kind: facts.locations(),
    images.resource.kind: facts.images(),
    templates.resource.kind: facts.templates(),
}
"""The vendor's own resources by kind and id."""


def operations() -> Sequence[Operation]:
    """Every operation of CloudAPI v6 that Ionstack serves."""
    return [
        *info.operations(),
        *(operation for view in VIEWS for operation in of_view(view, VIEWS)),
        *OfVolumes(VIEWS).operations(),
        *console.operations(),
        *backupunit.operations(),
        *location.of_region(VIEWS),
        *label.by_urn(VIEWS),
        *k8sversion.operations(),
        *kubeconfig.operations(),
        *contract.operations(),
        *request.operations(VIEWS),
        *um.operations(VIEWS),
    ]
