"""Rules of a security group: firewall rules that hold for every member."""

from __future__ import annotations

from ionstack.apis.cloudapi import firewallrule
from ionstack.apis.cloudapi.securitygroup import securitygroup
from ionstack.catalogue.resource import Resource
from ionstack.catalogue.view import Paging, View

securitygrouprule = Resource(
    kind="cloudapi.securitygrouprule",
    properties=firewallrule.FirewallruleProperties,
    parent="cloudapi.securitygroup",
    derivations=firewallrule.firewallrule.derivations,
    rules=firewallrule.firewallrule.rules,
    room="rulesPerSecurityGroup",
)

_PATH = "/datacenters/{datacenterId}/securitygroups/{securityGroupId}/rules"

securitygrouprules = View(
    resource=securitygrouprule,
    type="firewall-rule",
    collection=_PATH,
    item=f"{_PATH}/{{ruleId}}",
    parent=securitygroup,
    operations={
        "list": "datacentersSecuritygroupsRulesGet",
        "create": "datacentersSecuritygroupsFirewallrulesPost",
        "get": "datacentersSecuritygroupsRulesFindById",
        "replace": "datacentersSecuritygroupsRulesPut",
        "update": "datacentersSecuritygroupsRulesPatch",
        "delete": "datacentersSecuritygroupsFirewallrulesDelete",
    },
    tag="Security Groups",
    schemas=firewallrule.firewallrules.schemas,
    paging=Paging(limit=1000, most=10000),
    created=200,
)
