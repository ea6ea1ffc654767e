"""The tables everything stands on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.Text().with_variant(postgresql.JSON(), "postgresql")

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "allocation",
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pool", "value"),
    )
    op.create_index("allocation_resource", "allocation", ["contract", "resource"], unique=False)

    op.create_table(
        "contract",
        sa.Column("number", Big, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("master", Big, nullable=True),
        sa.Column("registration_domain", sa.Text(), nullable=False),
        sa.Column("limits", Json, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("clock_wall", Big, server_default="0", nullable=False),
        sa.Column("clock_world", Big, server_default="0", nullable=False),
        sa.Column("clock_scale", sa.Float(), server_default="1", nullable=False),
        sa.Column("auth_epoch", Big, server_default="0", nullable=False),
        sa.Column("faults", sa.Integer(), server_default="0", nullable=False),
        sa.Column("temporary", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "counter",
        sa.Column("contract", Big, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Big, nullable=False),
        sa.PrimaryKeyConstraint("contract", "name"),
    )
    op.create_table(
        "event",
        sa.Column("seq", Big, autoincrement=True, nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("revision", Big, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("event_contract", "event", ["contract", "seq"], unique=False)

    op.create_table(
        "fault",
        sa.Column("seq", Big, autoincrement=True, nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("skip", sa.Integer(), server_default="0", nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("effect", Json, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("fault_contract", "fault", ["contract", "seq"], unique=False)

    op.create_table(
        "lane",
        sa.Column("contract", Big, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.PrimaryKeyConstraint("contract", "name", "seq"),
    )
    op.create_index("lane_request", "lane", ["seq"], unique=False)

    op.create_table(
        "membership",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "contract"),
    )
    op.create_index("membership_contract", "membership", ["contract"], unique=False)

    op.create_table(
        "reference",
        sa.Column("contract", Big, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contract", "source", "field", "target"),
    )
    op.create_index("reference_target", "reference", ["contract", "target"], unique=False)

    op.create_table(
        "request",
        sa.Column("seq", Big, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", Big, server_default="1", nullable=False),
        sa.Column("due", Big, nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease", Big, server_default="0", nullable=False),
        sa.Column("worker", sa.Text(), server_default="", nullable=False),
        sa.Column("finished", Big, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("request_list", "request", ["contract", "seq"], unique=False)
    op.create_index(
        "request_open",
        "request",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("status IN ('QUEUED','RUNNING')"),
        postgresql_where=sa.text("status IN ('QUEUED','RUNNING')"),
    )

    op.create_table(
        "resource",
        sa.Column("ordinal", Big, autoincrement=True, nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), server_default="", nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("lineage", sa.Text(), server_default="", nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("shape", sa.Integer(), server_default="1", nullable=False),
        sa.Column("revision", Big, server_default="1", nullable=False),
        sa.Column("reached", Big, server_default="0", nullable=False),
        sa.Column("version", Big, server_default="1", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pending", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deleting", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Text(), nullable=False),
        sa.Column("modified", Big, nullable=False),
        sa.Column("modified_by", sa.Text(), nullable=False),
        sa.Column("modified_by_id", sa.Text(), nullable=False),
        sa.Column("desired", Json, nullable=False),
        sa.Column("internal", Json, server_default="{}", nullable=False),
        sa.Column("observed", Json, server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("contract", "id", name="resource_key"),
    )
    op.create_index("resource_list", "resource", ["contract", "kind", "parent", "ordinal"], unique=False)
    op.create_index("resource_root", "resource", ["contract", "root", "ordinal"], unique=False)

    op.create_table(
        "secret",
        sa.Column("contract", Big, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("contract", "resource", "field"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.Column("expires", Big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("token_owner", "token", ["user_id", "contract"], unique=False)

    op.create_table(
        "tombstone",
        sa.Column("ordinal", Big, autoincrement=True, nullable=False),
        sa.Column("contract", Big, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.Column("deleted", Big, nullable=False),
        sa.PrimaryKeyConstraint("ordinal"),
    )
    op.create_index("tombstone_key", "tombstone", ["contract", "id"], unique=False)

    op.create_table(
        "usage",
        sa.Column("contract", Big, nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("amount", Big, nullable=False),
        sa.PrimaryKeyConstraint("contract", "metric"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("firstname", sa.Text(), server_default="", nullable=False),
        sa.Column("lastname", sa.Text(), server_default="", nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("second_factor_forced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("second_factor_active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("second_factor_secret", sa.LargeBinary(), nullable=True),
        sa.Column("second_factor_step", Big, server_default="0", nullable=False),
        sa.Column("auth_epoch", Big, server_default="0", nullable=False),
        sa.Column("created", Big, nullable=False),
        sa.Column("last_login", Big, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )


def downgrade() -> None:
    op.drop_table("user_account")
    op.drop_table("usage")
    op.drop_index("tombstone_key", "tombstone")

    op.drop_table("tombstone")
    op.drop_index("token_owner", "token")

    op.drop_table("token")
    op.drop_table("signing_key")
    op.drop_table("setting")
    op.drop_table("secret")
    op.drop_index("resource_root", "resource")
    op.drop_index("resource_list", "resource")

    op.drop_table("resource")
    op.drop_index("request_open", "request")
    op.drop_index("request_list", "request")

    op.drop_table("request")
    op.drop_index("reference_target", "reference")

    op.drop_table("reference")
    op.drop_index("membership_contract", "membership")

    op.drop_table("membership")
    op.drop_index("lane_request", "lane")

    op.drop_table("lane")
    op.drop_index("fault_contract", "fault")

    op.drop_table("fault")
    op.drop_index("event_contract", "event")

    op.drop_table("event")
    op.drop_table("counter")
    op.drop_table("contract")
    op.drop_index("allocation_resource", "allocation")

    op.drop_table("allocation")
