"""what every extension uses"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from argus.db.base import Json, Moment

revision: str = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "event",
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=False),
        sa.Column("entity_type", sa.String(length=32), nullable=False),
        sa.Column("entity_id", sa.String(length=64), nullable=False),
        sa.Column("workspace_id", sa.String(length=26), nullable=True),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("actor_type", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("actor_label", sa.String(length=128), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_entity_type_entity_id_event_id"), ["entity_type", "entity_id", "event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_workspace_id_event_id"), ["workspace_id", "event_id"], unique=False)

    op.create_table(
        "file_object",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("unused_since", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_object")),
    )
    with op.batch_alter_table("file_object", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_object_unused_since"), ["unused_since"], unique=False)

    op.create_table(
        "file_ref",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("owner_kind", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "owner_kind", "owner_id", name=op.f("pk_file_ref")),
    )
    with op.batch_alter_table("file_ref", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_ref_owner_kind_owner_id"), ["owner_kind", "owner_id"], unique=False)

    op.create_table(
        "idempotency",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", Json, nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "work_item",
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("error", Json, nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_item")),
    )
    with op.batch_alter_table("work_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_item_kind_id"), ["kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_item_queue_state_not_before_id"), ["queue", "state", "not_before", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_item_state_finished_at"), ["state", "finished_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_item_state_lease_until"), ["state", "lease_until"], unique=False)

    op.create_table(
        "worker_host",
        sa.Column("host", sa.String(length=128), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_worker_host")),
    )


def downgrade() -> None:

    op.drop_table("worker_host")
    with op.batch_alter_table("work_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_item_state_lease_until"))
        batch_op.drop_index(batch_op.f("ix_work_item_state_finished_at"))
        batch_op.drop_index(batch_op.f("ix_work_item_queue_state_not_before_id"))
        batch_op.drop_index(batch_op.f("ix_work_item_kind_id"))

    op.drop_table("work_item")
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_expires_at"))

    op.drop_table("idempotency")
    with op.batch_alter_table("file_ref", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_ref_owner_kind_owner_id"))

    op.drop_table("file_ref")
    with op.batch_alter_table("file_object", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_object_unused_since"))

    op.drop_table("file_object")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_workspace_id_event_id"))
        batch_op.drop_index(batch_op.f("ix_event_entity_type_entity_id_event_id"))

    op.drop_table("event")
