"""identity, workspaces, purges"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from argus.db.base import Json, Moment

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("token_prefix", sa.String(length=8), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("last_seen_at", Moment(), nullable=True),
        sa.Column("last_seen_ip", sa.String(length=64), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("api_key_id", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_key")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_token_prefix"), ["token_prefix"], unique=True)
        batch_op.create_index(batch_op.f("ix_api_key_user_id_api_key_id"), ["user_id", "api_key_id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("linked_at", Moment(), nullable=False),
        sa.Column("last_login_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identity")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_user_id"), ["user_id"], unique=False)

    op.create_table(
        "purge",
        sa.Column("work_item_id", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("older_than_days", sa.Integer(), nullable=False),
        sa.Column("removed", Json, nullable=False),
        sa.Column("error", Json, nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("purge_id", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("purge_id", name=op.f("pk_purge")),
    )
    op.create_table(
        "sso_login",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("code_verifier", sa.String(length=128), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("next", sa.String(length=2048), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_sso_login")),
    )
    with op.batch_alter_table("sso_login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sso_login_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "workspace",
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("release_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("workspace_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspace")),
    )
    with op.batch_alter_table("workspace", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workspace_owner_id_name"), ["owner_id", "name"], unique=True)

    op.create_table(
        "workspace_member",
        sa.Column("workspace_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_workspace_member_workspace_id_workspace"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name=op.f("pk_workspace_member")),
    )
    with op.batch_alter_table("workspace_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workspace_member_user_id_workspace_id"), ["user_id", "workspace_id"], unique=False)
        batch_op.create_index(
            "uq_workspace_member_default",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        )


def downgrade() -> None:
    with op.batch_alter_table("workspace_member", schema=None) as batch_op:
        batch_op.drop_index("uq_workspace_member_default", sqlite_where=sa.text("is_default"), postgresql_where=sa.text("is_default"))
        batch_op.drop_index(batch_op.f("ix_workspace_member_user_id_workspace_id"))

    op.drop_table("workspace_member")
    with op.batch_alter_table("workspace", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workspace_owner_id_name"))

    op.drop_table("workspace")
    with op.batch_alter_table("sso_login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sso_login_expires_at"))

    op.drop_table("sso_login")
    op.drop_table("purge")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_user_id"))

    op.drop_table("identity")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_user_id_api_key_id"))
        batch_op.drop_index(batch_op.f("ix_api_key_token_prefix"))

    op.drop_table("api_key")
