"""The bodies and components of user management."""

from __future__ import annotations

from typing import Any

from ionstack.dialects.cloudapi.schemas import LINKS
from ionstack.identity.privileges import PRIVILEGES

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_READ: Schema = {"type": "string", "readOnly": True}
_DATE: Schema = {"type": "string", "format": "date-time", "readOnly": True}
_HREF: Schema = {"type": "string", "format": "uri", "readOnly": True}

_PASSWORD: Schema = {"type": "string", "minLength": 5, "maxLength": 1024}
_NAME: Schema = {"type": "string", "maxLength": 255}
_SENT_USER: Schema = {
    "firstname": _NAME, "lastname": _NAME, "email": {"type": "string", "maxLength": 254}, "password": _PASSWORD,
    **dict.fromkeys(("administrator", "forceSecAuth", "secAuthActive", "active"), _FLAG),
}  # fmt: skip
_GRANTED: Schema = dict.fromkeys(PRIVILEGES, _FLAG)


def _body(properties: Schema, required: tuple[str, ...] = (), **more: Schema) -> Schema:
    """A body that holds properties."""
    inner: Schema = {"type": "object", "properties": properties}
    if required:
        inner["required"] = list(required)
    return {"type": "object", "required": ["properties"], "properties": {**more, "properties": inner}}


SECRETS = frozenset({"password", "secretKey"})
"""What is told to nobody who reads along."""

USER_POST = _body(_SENT_USER, ("firstname", "lastname", "email", "password"))
USER_PUT = _body(_SENT_USER, id=_TEXT)
GROUP = _body({"name": {**_NAME, "minLength": 1}, **_GRANTED}, ("name",))
MEMBER: Schema = {"type": "object", "required": ["id"], "properties": {"id": _TEXT}}
SHARE = _body({"editPrivilege": _FLAG, "sharePrivilege": _FLAG})
S3_KEY = _body({"active": _FLAG})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _item(types: list[str], **parts: str) -> Schema:
    """What is shown of one: `parts` are the components of its metadata, properties and entities."""
    head = {"id": _READ, "type": {"type": "string", "enum": types}, "href": _HREF}
    return _object({**head, **{name: _ref(part) for name, part in parts.items()}})


def _list(item: str, **more: Schema) -> Schema:
    head = {"id": _READ, "type": {"type": "string", "enum": ["collection"]}, "href": _HREF}
    return _object({**head, "items": {"type": "array", "readOnly": True, "items": _ref(item)}, **more})


_PAST: Schema = {
    "etag": _READ, "createdDate": _DATE, "createdBy": _READ, "createdByUserId": _READ,
    "lastModifiedDate": _DATE, "lastModifiedBy": _READ, "lastModifiedByUserId": _READ,
}  # fmt: skip
_NUMBER: Schema = {"type": "number"}

COMPONENTS: Schema = {
    "Users": _list("User", offset=_NUMBER, limit=_NUMBER, _links=_ref("PaginationLinks")),
    "User": _item(
        ["user"], metadata="UserMetadata", properties="UserProperties", entities="UsersEntities"
    ),
    "UserMetadata": _object({**_PAST, "lastLogin": _DATE}),
    "UserProperties": _object(
        {
            **dict.fromkeys(("firstname", "lastname", "email", "s3CanonicalUserId"), _TEXT),
            **dict.fromkeys(("administrator", "forceSecAuth", "secAuthActive", "active"), _FLAG),
        }
    ),
    "UsersEntities": _object({"owns": _ref("ResourcesUsers"), "groups": _ref("GroupUsers")}),
    "GroupUsers": _list("Group"),
    "Groups": _list("Group"),
    "Group": _item(["group"], properties="GroupProperties", entities="GroupEntities"),
    "GroupProperties": _object({"name": _TEXT, **_GRANTED}),
    "GroupEntities": _object({"users": _ref("GroupMembers"), "resources": _ref("ResourceGroups")}),
    "GroupMembers": _list("User"),
    "GroupShares": _list("GroupShare"),
    "GroupShare": _item(["resource"], properties="GroupShareProperties"),
    "GroupShareProperties": _object({"editPrivilege": _FLAG, "sharePrivilege": _FLAG}),
    "Resources": _list("Resource"),
    "ResourcesUsers": _list("Resource"),
    "ResourceGroups": _list("Resource"),
    "Resource": _item(
        ["datacenter", "snapshot", "image", "ipblock", "pcc", "backupunit", "k8s", "group"],
        metadata="DatacenterElementMetadata", properties="ResourceProperties", entities="ResourceEntities",
    ),
    "ResourceProperties": _object({"name": _TEXT, "secAuthProtection": _FLAG}),
    "ResourceEntities": _object({"groups": _ref("ResourceGroups")}),
    "S3Keys": _list("S3Key"),
    "S3Key": _item(["s3key"], metadata="S3KeyMetadata", properties="S3KeyProperties"),
    "S3KeyMetadata": _object(_PAST),
    "S3KeyProperties": _object({"secretKey": _READ, "active": _FLAG}),
    "S3ObjectStorageSSO": _object({"ssoUrl": _READ}),
    "PaginationLinks": LINKS,
}  # fmt: skip
