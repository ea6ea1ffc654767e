"""The one definition of the tables, as SQLAlchemy metadata. Imported by migrations and tests only.

Instants are integer microseconds since the epoch. Documents are JSON text, stored as they are sent
(`JSON` on PostgreSQL keeps the text as it is; JSONB would not).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSON

metadata = MetaData()

Big = BigInteger().with_variant(Integer, "sqlite")
Json = Text().with_variant(JSON(), "postgresql")


def _sequence(name: str) -> Column[int]:
    return Column(name, Big, primary_key=True, autoincrement=True)


contract = Table(
    "contract",
    metadata,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("status", Text, nullable=False),
    Column("owner", Text, nullable=False),  # user.id
    Column("master", Big),  # the reseller contract that may act for this one
    Column("registration_domain", Text, nullable=False),
    Column("limits", Json, nullable=False),  # resourceLimits of the API, without the counters
    Column(
        "settings", Json, nullable=False
    ),  # profile, basicAuthentication, rateLimit ...; absent = the server's
    Column("clock_wall", Big, nullable=False, server_default="0"),
    Column("clock_world", Big, nullable=False, server_default="0"),
    Column("clock_scale", Float, nullable=False, server_default="1"),
    Column(
        "auth_epoch", Big, nullable=False, server_default="0"
    ),  # up by one when any cached right may be stale
    Column(
        "faults", Integer, nullable=False, server_default="0"
    ),  # how many fault rows wait for this contract
    Column("temporary", Boolean, nullable=False, server_default=text("false")),
    Column("created", Big, nullable=False),
)

contract_world = Table(
    "contract_world",
    metadata,
    Column("contract", Big, nullable=False),
    Column("wall", Big, nullable=False),  # from when on the clock of the contract was set so
    Column("world", Big, nullable=False),
    Column("scale", Float, nullable=False),
    PrimaryKeyConstraint("contract", "wall"),
)

user = Table(
    "user_account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # folded to lower case
    Column("firstname", Text, nullable=False, server_default=""),
    Column("lastname", Text, nullable=False, server_default=""),
    Column("password", Text, nullable=False),  # argon2id hash, or `hmac:<hex>` for machine-made secrets
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("second_factor_forced", Boolean, nullable=False, server_default=text("false")),
    Column("second_factor_active", Boolean, nullable=False, server_default=text("false")),
    Column("second_factor_secret", LargeBinary),  # encrypted
    Column(
        "second_factor_step", Big, nullable=False, server_default="0"
    ),  # last accepted TOTP step: no replay
    Column(
        "second_factor_codes", Text, nullable=False, server_default=""
    ),  # digests of the recovery codes that are left, separated by spaces
    Column("auth_epoch", Big, nullable=False, server_default="0"),
    Column("created", Big, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Column("created_by_id", Text, nullable=False, server_default=""),
    Column("modified", Big, nullable=False, server_default="0"),  # 0: as it was created
    Column("modified_by", Text, nullable=False, server_default=""),
    Column("modified_by_id", Text, nullable=False, server_default=""),
    Column("last_login", Big),
)

membership = Table(
    "membership",
    metadata,
    Column("user_id", Text, nullable=False),
    Column("contract", Big, nullable=False),
    Column("role", Text, nullable=False),  # owner, administrator, user
    PrimaryKeyConstraint("user_id", "contract"),
    Index("membership_contract", "contract"),
)

group = Table(
    "user_group",
    metadata,
    _sequence("ordinal"),  # creation order
    Column("contract", Big, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("privileges", Json, nullable=False),  # names of privileges, a list
    UniqueConstraint("contract", "id", name="user_group_key"),
)

group_member = Table(
    "group_member",
    metadata,
    Column("contract", Big, nullable=False),
    Column("group_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    PrimaryKeyConstraint("contract", "group_id", "user_id"),
    Index("group_member_user", "contract", "user_id"),
)

share = Table(
    "share",
    metadata,
    Column("contract", Big, nullable=False),
    Column("group_id", Text, nullable=False),
    Column("resource", Text, nullable=False),  # a top-level resource
    Column("editable", Boolean, nullable=False),
    Column("sharable", Boolean, nullable=False),
    PrimaryKeyConstraint("contract", "group_id", "resource"),
    Index("share_resource", "contract", "resource"),
)

s3_key = Table(
    "s3_key",
    metadata,
    Column("id", Text, primary_key=True),  # the access key
    Column("contract", Big, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),  # encrypted
    Column("active", Boolean, nullable=False),
    Column("created", Big, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_by_id", Text, nullable=False),
    Column("modified", Big, nullable=False),
    Column("modified_by", Text, nullable=False),
    Column("modified_by_id", Text, nullable=False),
    Column("resource", Text, nullable=False, server_default=""),  # its UUID; "" in rows older than the column
    Column("description", Text, nullable=False, server_default=""),
    Index("s3_key_owner", "contract", "user_id"),
)

token = Table(
    "token",
    metadata,
    Column("id", Text, primary_key=True),  # the JWT's kid
    Column("user_id", Text, nullable=False),
    Column("contract", Big, nullable=False),
    Column("created", Big, nullable=False),
    Column("expires", Big, nullable=False),
    Index("token_owner", "user_id", "contract"),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("private", LargeBinary, nullable=False),  # encrypted PKCS#8
    Column("public", Text, nullable=False),  # PEM
    Column("created", Big, nullable=False),
)

resource = Table(
    "resource",
    metadata,
    _sequence("ordinal"),  # creation order: the order of every list
    Column("contract", Big, nullable=False),  # 0: the vendor's own (locations, public images)
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # <product>.<noun>
    Column("parent", Text, nullable=False, server_default=""),  # id of the parent, "" at the top
    Column("root", Text, nullable=False),  # id of the top-level resource, its own at the top
    Column(
        "lineage", Text, nullable=False, server_default=""
    ),  # wire ids from the root to the parent, "/"-joined, quoted
    Column("region", Text, nullable=False, server_default=""),
    Column("shape", Integer, nullable=False, server_default="1"),
    Column("revision", Big, nullable=False, server_default="1"),  # of `desired`
    Column("reached", Big, nullable=False, server_default="0"),  # revision the driver has brought about
    Column(
        "version", Big, nullable=False, server_default="1"
    ),  # up by one with every write to the row: the ETag
    Column("state", Text, nullable=False),
    Column("pending", Integer, nullable=False, server_default="0"),  # unfinished requests that touch it: BUSY
    Column("deleting", Boolean, nullable=False, server_default=text("false")),
    Column(
        "protected", Boolean, nullable=False, server_default=text("false")
    ),  # for users with a second factor alone
    Column("created", Big, nullable=False),  # world time
    Column("created_by", Text, nullable=False),
    Column("created_by_id", Text, nullable=False),
    Column("modified", Big, nullable=False),
    Column("modified_by", Text, nullable=False),
    Column("modified_by_id", Text, nullable=False),
    Column("desired", Json, nullable=False),  # properties as accepted, defaults and allocations included
    Column("internal", Json, nullable=False, server_default="{}"),  # desired, but shown to nobody
    Column("observed", Json, nullable=False, server_default="{}"),  # properties only the worker writes
    UniqueConstraint("contract", "id", name="resource_key"),
    Index("resource_list", "contract", "kind", "parent", "ordinal"),
    Index("resource_root", "contract", "root", "ordinal"),
    sqlite_autoincrement=True,  # an ordinal and a version stand for one state of one row for ever
)

tombstone = Table(
    "tombstone",
    metadata,
    _sequence("ordinal"),
    Column("contract", Big, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created", Big, nullable=False),
    Column("deleted", Big, nullable=False),
    Index("tombstone_key", "contract", "id"),
)

reference = Table(
    "reference",
    metadata,
    Column("contract", Big, nullable=False),
    Column("source", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("target", Text, nullable=False),
    PrimaryKeyConstraint("contract", "source", "field", "target"),
    Index("reference_target", "contract", "target"),
)

allocation = Table(
    "allocation",
    metadata,
    Column("pool", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("contract", Big, nullable=False),
    Column("resource", Text, nullable=False),
    PrimaryKeyConstraint("pool", "value"),
    Index("allocation_resource", "contract", "resource"),
)

counter = Table(
    "counter",
    metadata,
    Column("contract", Big, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Big, nullable=False),
    PrimaryKeyConstraint("contract", "name"),
)

usage = Table(
    "usage",
    metadata,
    Column("contract", Big, nullable=False),
    Column("metric", Text, nullable=False),
    Column("amount", Big, nullable=False),
    PrimaryKeyConstraint("contract", "metric"),
)

request = Table(
    "request",
    metadata,
    _sequence("seq"),
    Column("id", Text, nullable=False, unique=True),
    Column("contract", Big, nullable=False),
    Column("created", Big, nullable=False),  # world time
    Column("created_by", Text, nullable=False),
    Column("created_by_id", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Text, nullable=False),  # QUEUED, RUNNING, DONE, FAILED
    Column("message", Text, nullable=False, server_default=""),
    Column("plan", Json, nullable=False),  # the steps: [{"action", "resource", ...}]
    Column("step", Integer, nullable=False, server_default="0"),  # steps done
    Column("version", Big, nullable=False, server_default="1"),
    Column("due", Big, nullable=False),  # world time before which the next step is not taken
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("lease", Big, nullable=False, server_default="0"),  # wall time until which a worker holds it
    Column("worker", Text, nullable=False, server_default=""),
    Column("finished", Big),
    Index("request_list", "contract", "seq"),
    Index(
        "request_open",
        "seq",
        sqlite_where=text("status IN ('QUEUED','RUNNING')"),
        postgresql_where=text("status IN ('QUEUED','RUNNING')"),
    ),
)

lane = Table(
    "lane",
    metadata,
    Column("contract", Big, nullable=False),
    Column("name", Text, nullable=False),  # id of the root resource
    Column("seq", Big, nullable=False),  # request.seq; the row goes when the request ends
    PrimaryKeyConstraint("contract", "name", "seq"),
    Index("lane_request", "seq"),
)

event = Table(
    "event",
    metadata,
    _sequence("seq"),
    Column("contract", Big, nullable=False),
    Column("at", Big, nullable=False),  # wall time
    Column("actor", Text, nullable=False),  # user id, or "" for the system
    Column("actor_name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("request_id", Text, nullable=False),  # the HTTP call's id
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("revision", Big, nullable=False),
    Index("event_contract", "contract", "seq"),
    Index(
        "event_refused",
        "seq",
        sqlite_where=text("action = 'refuse'"),
        postgresql_where=text("action = 'refuse'"),
    ),
)

secret = Table(
    "secret",
    metadata,
    Column("contract", Big, nullable=False),
    Column("resource", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),  # encrypted
    PrimaryKeyConstraint("contract", "resource", "field"),
)

fault = Table(
    "fault",
    metadata,
    _sequence("seq"),
    Column("contract", Big, nullable=False),
    Column("method", Text, nullable=False),  # "" matches any
    Column("path", Text, nullable=False),  # a pattern over the API path, "" matches any
    Column("skip", Integer, nullable=False, server_default="0"),  # matching calls to let pass first
    Column("remaining", Integer, nullable=False),
    Column(
        "effect", Json, nullable=False
    ),  # {"status": 503, "retryAfter": 1} or {"fail": "message"} or {"delay": 3}
    Index("fault_contract", "contract", "seq"),
)

rate_bucket = Table(
    "rate_bucket",
    metadata,
    Column("name", Text, primary_key=True),  # contract/<number> or address/<network>
    Column("full_at", Big, nullable=False),  # wall time at which it is full again
    Column("granted", Big, nullable=False),  # tokens that whoever asked last was given
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),  # facts' date, maintenance mode, ...
    Column("value", Json, nullable=False),
)

s3_bucket = Table(
    "s3_bucket",
    metadata,
    _sequence("ordinal"),
    Column("name", Text, nullable=False),  # unique over the whole service
    Column("region", Text, nullable=False),
    Column("kind", Text, nullable=False),  # user, contract: who owns it
    Column("contract", Big, nullable=False),
    Column("owner", Text, nullable=False),  # canonical id
    Column("owner_name", Text, nullable=False),
    Column("created", Big, nullable=False),
    Column("revision", Big, nullable=False),  # up by one with every change of this row
    Column("versioning", Text, nullable=False),  # Enabled, Suspended or empty
    Column("locked", Boolean, nullable=False),  # object lock
    Column("acl", Text, nullable=False),
    Column("configs", Json, nullable=False),  # text by name: policy, cors, lifecycle ...
    UniqueConstraint("name", name="s3_bucket_name"),
    Index("s3_bucket_contract", "contract"),
    sqlite_autoincrement=True,
)

s3_version = Table(
    "s3_version",
    metadata,
    Column("bucket", Big, nullable=False),  # ordinal
    Column("key", LargeBinary, nullable=False),  # UTF-8, so that the order is binary on every database
    Column("place", Big, nullable=False),  # negative, so that the newest version comes first
    Column("version", Text, nullable=False),  # `null` where versioning was off
    Column("latest", Boolean, nullable=False),
    Column("marker", Boolean, nullable=False),  # a delete marker
    Column("size", Big, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Big, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("head", Json, nullable=False),  # media type, user metadata, checksums, encryption ...
    Column("acl", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("lock_mode", Text, nullable=False),
    Column("lock_until", Big, nullable=False),
    Column("hold", Boolean, nullable=False),
    Column("inline", LargeBinary),  # a small body
    Column("parts", Text, nullable=False),  # blobs and their sizes, as JSON; empty with an inline body
    PrimaryKeyConstraint("bucket", "key", "place"),
    UniqueConstraint("bucket", "key", "version", name="s3_version_id"),
    Index("s3_version_latest", "bucket", "key", unique=True, sqlite_where=text("latest"),
          postgresql_where=text("latest")),
)  # fmt: skip

s3_usage = Table(
    "s3_usage",
    metadata,
    Column("bucket", Big, nullable=False),
    Column("slot", Integer, nullable=False),  # whose row of several: their sum counts
    Column("versions", Big, nullable=False),
    Column("size", Big, nullable=False),
    PrimaryKeyConstraint("bucket", "slot"),
)

s3_upload = Table(
    "s3_upload",
    metadata,
    Column("id", Text, primary_key=True),
    Column("bucket", Big, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("started", Big, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("draft", Json, nullable=False),  # what the object will have beside its body
    Column("done", Text, nullable=False),  # what completed it, so that this may be asked for again
    Index("s3_upload_key", "bucket", "key", "id"),
)

s3_part = Table(
    "s3_part",
    metadata,
    Column("upload", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("etag", Text, nullable=False),
    Column("size", Big, nullable=False),
    Column("modified", Big, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("blobs", Text, nullable=False),  # as `parts` of a version
    PrimaryKeyConstraint("upload", "number"),
)

s3_log = Table(
    "s3_log",
    metadata,
    Column("ordinal", Big, primary_key=True, autoincrement=True),
    Column("bucket", Big, nullable=False),  # that the line tells of
    Column("target", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column(
        "owner", Text, nullable=False, server_default=""
    ),  # of the bucket, which may go before the line does
    Column("day", Text, nullable=False, server_default=""),  # how the name of the object is partitioned
    Index("s3_log_target", "bucket", "target", "prefix", "ordinal"),
)

s3_replica = Table(
    "s3_replica",
    metadata,
    Column("ordinal", Big, primary_key=True, autoincrement=True),
    Column("bucket", Big, nullable=False),  # that the version waits in to be replicated
    Column("key", LargeBinary, nullable=False),
    Column("version", Text, nullable=False),
    Index("s3_replica_key", "bucket", "key", "ordinal"),
)
