"""How what is served may differ from the vendor's documents: by pattern of a difference's text, with a reason.

A pattern that fits no difference any more fails the ledger, so that this table stays true.
"""

from __future__ import annotations

from collections.abc import Mapping

_EXACT = "ours names the statuses that an operation has, in the place of `default`"
_NARROW = "ours says which of all the types it is"
_ANY = "any of the types that there are"
_TEXT = "the vendor's text says it, or its answers, where its document does not"
_NEVER = "never read back; the vendor's null is left out"
_FACT = "read from the vendor's facts and shown as it is there"
_IGNORED = "follows from the path and the call; what is sent of it counts for nothing"
_MEMBERS = "of a collection that is sent the members alone count"
_REPEATED = "cannot be changed, so it need not be repeated"
_PART = "a change names what changes and nothing else"

ALLOWED: Mapping[str, str] = {
    # Everywhere
    "*: default: missing": _EXACT,
    "*: [45]??: extra": _EXACT,
    "*: query pretty: default, False for True": "bodies are compact unless asked otherwise (decision 0003)",
    "*: query limit: maximum, None for *": "a page larger than the largest is cut to it, not refused",
    "*: query maxResults: minimum, 0 for None": "a negative number of results is refused",
    "*[ .]type: enum, [[]'*'] for [[]*'datacenter'*]": _NARROW,
    "*[ .]type: enum, None for [[]*'datacenter'*]": _ANY,
    "*: format, None for int??": "a JSON number has no width; what bounds it is said where it matters",
    "*: nullable, True for None": "null is taken where it may mean that there is none",
    "*: body*: default, None for *": "the default holds, though the document does not show it",
    "*: body metadata: missing": _IGNORED,
    "*: body *.metadata: missing": _IGNORED,
    "*: body type: missing": _IGNORED,
    "*: body *.items.[*].type: missing": _IGNORED,
    "*Patch: body *: required, None for True": _PART,
    # Collections and entities
    "*: body *entities.[a-z]*._links: missing": _MEMBERS,
    "*: body *entities.[a-z]*.limit: missing": _MEMBERS,
    "*: body *entities.[a-z]*.offset: missing": _MEMBERS,
    "*: body *entities.[a-z]*s.type: missing": _MEMBERS,
    "*Put: body entities: missing": "a replacement is one of properties; entities have paths of their own",
    "*LabelsGet: 200 offset: missing": "labels take no page parameters in the vendor's document either",
    "*LabelsGet: 200 limit: missing": "labels take no page parameters in the vendor's document either",
    "*LabelsGet: 200 _links: missing": "labels take no page parameters in the vendor's document either",
    # Authentication
    "tokens*: 404: missing": "whoever may call has a list of tokens, even if it is empty",
    # Object Storage Management
    "accesskeysP*: body properties.*: required, None for True": "the server makes key and secret; clients send them empty",
    "accesskeysP*: body properties.description: maxLength, 255 for None": "a description is a line, not a book",
    "accesskeysPut: body id: missing": _IGNORED,
    "accesskeysRenew: 201: missing": "a key is renewed where it is; nothing is created",
    # Data centers, LANs, IP blocks, labels
    "datacentersPost: body properties.defaultSecurityGroupId: extra": "one declaration for creation and change",
    "*ipFailover.[*].ip: format, ipv4 for None": _TEXT,
    "*ipFailover.[*].ip: required, True for None": _TEXT,
    "*ipFailover.[*].nicUuid: format, uuid for None": _TEXT,
    "*ipFailover.[*].nicUuid: required, True for None": _TEXT,
    "ipblocks*: body*location: required, None for True": _REPEATED,
    "ipblocks*: body*size: required, None for True": _REPEATED,
    "ipblocks*: body*size: m??imum, * for None": _TEXT,
    "*Labels*: body properties.key: *, * for None": _TEXT,
    "*Labels*: body properties.value: *, * for None": _TEXT,
    # Servers and network interfaces
    "*: body*cores: minimum, 1 for None": _TEXT,
    "*: body*ram: minimum, 256 for None": _TEXT,
    "*: body*hostname: *, * for None": _TEXT,
    "*[ .]type: enum, [[]'CUBE'*] for None": _TEXT,
    "*properties.enabledFeatures: missing": "not yet: confidential computing",
    "*: body*boot*.href: extra": "taken as it is read, and counts for nothing",
    "*boot*.href: format, None for uri": "taken as it is read, and counts for nothing",
    "*Delete: query deleteVolumes: default, False for None": _TEXT,
    "*: body*lan: m??imum, * for None": _TEXT,
    "*: body*ipv6Ips: maxItems, 50 for None": _TEXT,
    "*: body*sourceMac: pattern, * for None": _TEXT,
    "*Post: body*protocol: required, True for None": _TEXT,
    # Gateways, balancers, flow logs
    "*: query limit: extra": "a collection whose answer has page links pages",
    "*: query offset: extra": "a collection whose answer has page links pages",
    "*Flowlogs*: header X-Contract-Number: extra": "as in every other operation",
    "*flowlogs.items.[*].properties.*: minLength, 1 for None": _TEXT,
    "*Flowlogs*: body*: minLength, 1 for None": _TEXT,
    "*: body*[pP]ort*: m??imum, * for None": _TEXT,
    "*: body*weight: m??imum, * for None": _TEXT,
    "*: body*healthCheck.*: m??imum, * for None": _TEXT,
    "*: body*clientTimeout: m??imum, * for None": _TEXT,
    "*: body*Lan: m??imum, * for None": _TEXT,
    "*: body*lans.[*].id: m??imum, * for None": _TEXT,
    "*: body*publicIps: minItems, 1 for None": _TEXT,
    "*publicIps.[*]: format, ipv4 for None": _TEXT,
    "*targets.[*].ip: format, ipv4 for None": _TEXT,
    "*listenerIp: format, ipv4 for None": _TEXT,
    "*conditions.[*].condition: required, None for True": _TEXT,
    "*httpRules.[*].type: enum, * for *": "recorded answers have it in lower case too",
    "*oadbalancers*ip: format, ipv4 for None": _TEXT,
    "*entities.*nics.items.[*].id: extra": "an interface that exists may be attached to what is made",
    "*entities.*nics.items.[*].properties: required, None for True": "an interface is attached by its id",
    "*icsPost: body properties: required, None for True": "an interface is attached by its id",
    "*icsPost: body id: extra": "an interface is attached by its id",
    "datacentersPost: body entities.securitygroups.items.[*].entities.nics: missing": "they choose their groups",
    "datacentersPost: body entities.securitygroups.items.[*].entities.servers: missing": "they choose their groups",
    "*SecuritygroupsPut: body: type, object for None": "it is one",
    "*ecuritygroups*: header X-Contract-Number: extra": "as in every other operation",
    "*ecuritygroups*: query depth: extra": "as in every other operation",
    "*ecuritygroups*: query pretty: extra": "as in every other operation",
    "*entities.securitygroups: missing": "groups are chosen by a call of their own",
    "*defaultSecurityGroupId: format, None for uuid": "an empty text takes the group away",
    # Users and groups
    "umUsers*: body properties.*: m??Length, * for None": _TEXT,
    "umUsersPost: body properties.*: required, True for None": "nobody is made without a name, address and password",
    "umGroups*: body properties.name: m??Length, * for None": "a group has a name",
    "umGroups*: body properties.name: required, True for None": "a group has a name",
    "umGroupsPost: body entities: missing": "users join, and resources are shared, by calls of their own",
    "umUsersS3ssourlGet: query depth: extra": "as in every other operation",
    # Volumes, images, templates
    "*properties.imageAlias: missing": _NEVER,
    "*properties.imagePassword: missing": _NEVER,
    "*properties.sshKeys: missing": _NEVER,
    "*properties.userData: missing": _NEVER,
    "*: body*imagePassword: *, * for None": _TEXT,
    "datacenters*: body*size: m??imum, * for None": _TEXT,
    "*: body*applicationType: missing": "follows from the image",
    "*applicationType: enum, None for *": "follows from the image",
    "datacentersServersGPUs*: path *: format, None for uuid": "what is no id of anything is not found",
    "datacentersVolumesRestoreSnapshotPost: body properties*: required, True for None": _TEXT,
    "*: body*cdroms.items.[*].id: extra": "a CD-ROM is an image, named by its id",
    "*: body*cdroms.items.[*].properties: missing": "a CD-ROM is an image, named by its id",
    "*CdromsPost: body id: *": "a CD-ROM is an image, named by its id",
    "*CdromsPost: body properties: *": "a CD-ROM is an image, named by its id",
    "*: body *entities.gpus: missing": "GPUs come with the template",
    "*: body entities.gpus: missing": "GPUs come with the template",
    # Backup units
    "backupunits*properties.password: missing": _NEVER,
    "backupunits*: body*email: *, * for None": _TEXT,
    "backupunits*: body*password: m??Length, * for None": _TEXT,
    "backupunitsPost: body*name: *, * for None": _TEXT,
    "backupunitsP*: body*name: extra": "taken as it is read, and cannot be changed",
    "templates*gpus.[*].type: enum, None for *": _FACT,
    "templates*: query pretty: extra": "as in every other operation",
    "templates*: header X-Contract-Number: extra": "as in every other operation",
    "*entities.volumes.items.[*].properties: required, True for None": _TEXT,
    "*ServersVolumesPost: body properties: extra": "a new volume may be made where it is attached",
    "*entities.volumes.items.[*].id: extra": "a volume that exists may be attached to a new server",
    # Kubernetes
    "k8s*storageType: enum, [[]'ESSENTIAL', 'HDD', 'PERFORMANCE', 'SSD'] for *": _TEXT,
    "k8s*natGatewayIp: format, ipv4 for None": _TEXT,
    "k8sPost: body entities: missing": "node pools are made once the cluster is active",
    "k8s*: body properties.maintenanceWindow.time: pattern, * for None": _TEXT,
    "k8s*: body properties.name: *, * for None": _TEXT,
    "k8s*Put: body properties.[!m]*: extra": "told again, it may not differ",
    "k8sNodepools*: body properties.*Count: m??imum, * for None": _TEXT,
    "k8sNodepools*: body properties.cpuFamily: minLength, 1 for None": _TEXT,
    "k8sNodepools*: body properties.*Size: minimum, * for None": _TEXT,
    "k8sNodepools*: body properties.taints: maxItems, 50 for None": _TEXT,
    "k8sNodepools*: body properties.taints.*.key: minLength, 1 for None": _TEXT,
    "k8sKubeconfigGet: 200: type, object for string": "that is what the text says, read as YAML or as JSON",
}
