"""Access control lists: who holds which permission on a bucket or an object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import orjson

from ionstack.errors import S3Error
from ionstack.objectstorage import people, xml
from ionstack.objectstorage.call import Caller
from ionstack.store.port import Tx

READ, WRITE, READ_ACP, WRITE_ACP, FULL = "READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"
PERMISSIONS = (READ, WRITE, READ_ACP, WRITE_ACP, FULL)
_GROUPS = "http://acs.amazonaws.com/groups/"
ALL_USERS = f"{_GROUPS}global/AllUsers"
AUTHENTICATED = f"{_GROUPS}global/AuthenticatedUsers"
LOG_DELIVERY = f"{_GROUPS}s3/LogDelivery"
PUBLIC = (ALL_USERS, AUTHENTICATED)
HEADERS: Mapping[str, str] = {
    "x-amz-grant-read": READ,
    "x-amz-grant-write": WRITE,
    "x-amz-grant-read-acp": READ_ACP,
    "x-amz-grant-write-acp": WRITE_ACP,
    "x-amz-grant-full-control": FULL,
}
CANNED: Mapping[str, Sequence[tuple[str, str]]] = {
    "private": (),
    "public-read": ((ALL_USERS, READ),),
    "public-read-write": ((ALL_USERS, READ), (ALL_USERS, WRITE)),
    "authenticated-read": ((AUTHENTICATED, READ),),
    "log-delivery-write": ((LOG_DELIVERY, WRITE), (LOG_DELIVERY, READ_ACP)),
    "bucket-owner-read": (("bucket owner", READ),),
    "bucket-owner-full-control": (("bucket owner", FULL),),
}
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
MOST_GRANTS = 100


class Grant(NamedTuple):
    """A permission of a user (canonical id) or a group (URI), with the name that is shown."""

    grantee: str
    name: str
    permission: str

    @property
    def group(self) -> bool:
        """Whether the grantee is a group."""
        return self.grantee.startswith(_GROUPS)


def text(grants: Sequence[Grant]) -> str:
    """Grants as stored."""
    return orjson.dumps([list(grant) for grant in grants]).decode()


@lru_cache(maxsize=2048)
def parsed(stored: str) -> Sequence[Grant]:
    """Grants as stored."""
    return [Grant(*one) for one in orjson.loads(stored)]


def grants_of(stored: str, owner: str, name: str) -> Sequence[Grant]:
    """The grants of something: an empty text stands for a private one."""
    return parsed(stored) if stored else [Grant(owner, name, FULL)]


def allows(stored: str, owner: str, ids: frozenset[str], permission: str, *, public: bool = True) -> bool:
    """Whether one of `ids` (none of an anonymous caller) has a permission. An owner may always see and change
    the ACL. Without `public` the grants to groups do not count."""
    if owner in ids and (not stored or permission in (READ_ACP, WRITE_ACP)):
        return True
    if not stored:
        return False
    for grant in parsed(stored):
        if grant.permission not in (permission, FULL):
            continue
        if grant.grantee in ids:
            return True
        if public and (grant.grantee == ALL_USERS or (ids and grant.grantee == AUTHENTICATED)):
            return True
    return False


def is_public(stored: str) -> bool:
    """Whether anything is granted to everybody."""
    return bool(stored) and any(grant.grantee in PUBLIC for grant in parsed(stored))


def canned(name: str, owner: tuple[str, str], bucket_owner: tuple[str, str]) -> str:
    """The ACL of a name, as stored. Owners are canonical id and name. Raises S3Error for an unknown name."""
    if name not in CANNED:
        raise S3Error(
            "InvalidArgument", "There is no such canned ACL", ArgumentName="x-amz-acl", ArgumentValue=name
        )
    extra = [
        Grant(bucket_owner[0], bucket_owner[1], permission)
        if who == "bucket owner"
        else Grant(who, "", permission)
        for who, permission in CANNED[name]
        if who != "bucket owner" or bucket_owner[0] != owner[0]
    ]
    return text([Grant(*owner, FULL), *extra]) if extra else ""


def asks(headers: Mapping[str, str]) -> bool:
    """Whether a request names an ACL in its headers."""
    return "x-amz-acl" in headers or any(name in headers for name in HEADERS)


async def of_headers(
    tx: Tx, headers: Mapping[str, str], owner: tuple[str, str], bucket_owner: tuple[str, str]
) -> str:
    """The ACL that a request's headers ask for, as stored. Raises S3Error for what cannot be granted."""
    given = {permission: headers[name] for name, permission in HEADERS.items() if name in headers}
    name = headers.get("x-amz-acl")
    if name is not None and given:
        raise S3Error("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
    if not given:
        return canned(name, owner, bucket_owner) if name is not None else ""
    grants = []
    for permission, value in given.items():
        for part in value.split(","):
            kind, equals, who = part.strip().partition("=")
            if not equals:
                raise S3Error("InvalidArgument", "A grantee must be id=, uri= or emailAddress=")
            grants.append(await _grant(tx, kind.strip(), who.strip().strip('"'), permission))
    return text(grants)


async def _grant(tx: Tx, kind: str, who: str, permission: str) -> Grant:
    if kind.lower() == "uri":
        if who not in (ALL_USERS, AUTHENTICATED, LOG_DELIVERY):
            raise S3Error("InvalidArgument", "Invalid group uri")
        return Grant(who, "", permission)
    if kind.lower() == "emailaddress":
        found = await people.canonical_of_email(tx, who)
        if found is None:
            raise S3Error("UnresolvableGrantByEmailAddress")
        who = found
    elif kind.lower() != "id":
        raise S3Error("InvalidArgument", "A grantee must be id=, uri= or emailAddress=")
    name = await people.name_of(tx, who)
    if name is None:
        raise S3Error("InvalidArgument", "Invalid id", ArgumentName="CanonicalUser/ID", ArgumentValue=who)
    return Grant(who, name, permission)


async def of_body(tx: Tx, data: bytes, owner: str) -> str:
    """The ACL of an AccessControlPolicy, as stored. Raises S3Error; the owner cannot be another."""
    root = xml.read(data, "AccessControlPolicy", "MalformedACLError")
    named = root.one("Owner").one("ID").text
    if named != owner:
        raise S3Error("AccessDenied")
    listed = root.one("AccessControlList").all("Grant")
    if len(listed) > MOST_GRANTS:
        raise S3Error("MalformedACLError", f"An ACL has at most {MOST_GRANTS} grants")
    grants = []
    for grant in listed:
        permission = grant.one("Permission").text
        if permission not in PERMISSIONS:
            raise root.wrong("The permission is none")
        grantee = grant.one("Grantee")
        kind = {"CanonicalUser": "id", "Group": "uri", "AmazonCustomerByEmail": "emailAddress"}.get(
            grantee.attribute("type")
        )
        if kind is None:
            raise root.wrong("The type of the grantee is none")
        name = {"id": "ID", "uri": "URI", "emailAddress": "EmailAddress"}[kind]
        grants.append(await _grant(tx, kind, grantee.one(name).text, permission))
    return text(grants)


def write(stored: str, owner: str, name: str) -> bytes:
    """The AccessControlPolicy of something."""
    return xml.write(
        "AccessControlPolicy",
        owner_xml(owner, name),
        xml.around(
            "AccessControlList",
            xml.each(sorted(grants_of(stored, owner, name), key=lambda one: not one.group), _grant_xml),
        ),
    )


def owner_xml(id: str, name: str, element: str = "Owner") -> str:
    """An owner or initiator."""
    return f"<{element}><ID>{id}</ID><DisplayName>{xml.escape(name)}</DisplayName></{element}>"


def _grant_xml(grant: Grant) -> str:
    if grant.group:
        who = f'<Grantee {_XSI} xsi:type="Group">{xml.tag("URI", grant.grantee)}</Grantee>'
    else:
        who = (
            f'<Grantee {_XSI} xsi:type="CanonicalUser">{xml.tag("ID", grant.grantee)}'
            f"{xml.tag('DisplayName', grant.name)}</Grantee>"
        )
    return f"<Grant>{who}{xml.tag('Permission', grant.permission)}</Grant>"


def ids_of(caller: Caller, contract: int, kind: str) -> frozenset[str]:
    """The ids under which a caller stands before a bucket: administrators of a contract are as its owner."""
    if caller.anonymous:
        return frozenset()
    if kind == "contract" and caller.administrator and caller.contract == contract:
        return frozenset((caller.canonical, caller.contract_owner))
    return frozenset((caller.canonical,))


def public_text(texts: Iterable[str]) -> bool:
    """Whether any of these ACLs lets everybody in."""
    return any(map(is_public, texts))
