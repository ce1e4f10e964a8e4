"""documents and what is read from them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from argus.db.base import Json, Moment

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "configuration",
        sa.Column("workspace_id", sa.String(length=26), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("activated_at", Moment(), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("configuration_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_configuration_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("configuration_id", name=op.f("pk_configuration")),
        sa.UniqueConstraint("workspace_id", "document_type", "version", name=op.f("uq_configuration_workspace_id_document_type_version")),
    )
    with op.batch_alter_table("configuration", schema=None) as batch_op:
        batch_op.create_index("ix_configuration_workspace", ["workspace_id", "configuration_id"], unique=False)
        batch_op.create_index(
            "uq_configuration_active",
            ["workspace_id", "document_type"],
            unique=True,
            sqlite_where=sa.text("is_active"),
            postgresql_where=sa.text("is_active"),
        )

    op.create_table(
        "document",
        sa.Column("workspace_id", sa.String(length=26), nullable=False),
        sa.Column("original_filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("test_id", sa.Text(), nullable=True),
        sa.Column("release_id", sa.Text(), nullable=True),
        sa.Column("belongs_to", sa.Text(), nullable=False),
        sa.Column("metadata", Json, nullable=False),
        sa.Column("produced_by_job_id", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_document_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_deleted", ["deleted_at"], unique=False)
        batch_op.create_index("ix_document_expires", ["expires_at"], unique=False)
        batch_op.create_index("ix_document_job", ["produced_by_job_id", "document_id"], unique=False)
        batch_op.create_index("ix_document_workspace", ["workspace_id", "document_id"], unique=False)
        batch_op.create_index("ix_document_workspace_run", ["workspace_id", "run_id", "document_id"], unique=False)
        batch_op.create_index(
            "uq_document_content",
            ["workspace_id", "sha256", "belongs_to"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "job",
        sa.Column("workspace_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("configuration_id", sa.String(length=26), nullable=False),
        sa.Column("configuration_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("retry_of", sa.Text(), nullable=True),
        sa.Column("work_item_id", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.Column("metrics", Json, nullable=False),
        sa.Column("logs", Json, nullable=False),
        sa.Column("error", Json, nullable=True),
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["configuration_id"], ["configuration.configuration_id"], name=op.f("fk_job_configuration_id_configuration")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name=op.f("fk_job_document_id_document"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_job_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_configuration", ["configuration_id", "job_id"], unique=False)
        batch_op.create_index("ix_job_document", ["document_id", "job_id"], unique=False)
        batch_op.create_index("ix_job_workspace", ["workspace_id", "job_id"], unique=False)
        batch_op.create_index("ix_job_workspace_status", ["workspace_id", "status", "job_id"], unique=False)

    op.create_table(
        "extracted_table",
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("sequence_index", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("sample_rows", Json, nullable=False),
        sa.Column("metadata", Json, nullable=False),
        sa.Column("export_document_id", sa.Text(), nullable=True),
        sa.Column("export_error", sa.Text(), nullable=True),
        sa.Column("table_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.document_id"], name=op.f("fk_extracted_table_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.job_id"], name=op.f("fk_extracted_table_job_id_job"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("table_id", name=op.f("pk_extracted_table")),
        sa.UniqueConstraint("job_id", "sequence_index", name=op.f("uq_extracted_table_job_id_sequence_index")),
    )
    with op.batch_alter_table("extracted_table", schema=None) as batch_op:
        batch_op.create_index("ix_extracted_table_document", ["document_id", "table_id"], unique=False)

    op.create_table(
        "extracted_row",
        sa.Column("table_id", sa.String(length=26), nullable=False),
        sa.Column("row_index", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_id"], ["extracted_table.table_id"], name=op.f("fk_extracted_row_table_id_extracted_table"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("table_id", "row_index", name=op.f("pk_extracted_row")),
    )
    op.create_table(
        "published_table",
        sa.Column("table_id", sa.String(length=26), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("row_column", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_id"], ["extracted_table.table_id"], name=op.f("fk_published_table_table_id_extracted_table"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("table_id", "run_id", name=op.f("pk_published_table")),
    )


def downgrade() -> None:
    op.drop_table("published_table")
    op.drop_table("extracted_row")
    with op.batch_alter_table("extracted_table", schema=None) as batch_op:
        batch_op.drop_index("ix_extracted_table_document")

    op.drop_table("extracted_table")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_workspace_status")
        batch_op.drop_index("ix_job_workspace")
        batch_op.drop_index("ix_job_document")
        batch_op.drop_index("ix_job_configuration")

    op.drop_table("job")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_document_content", sqlite_where=sa.text("deleted_at IS NULL"), postgresql_where=sa.text("deleted_at IS NULL")
        )
        batch_op.drop_index("ix_document_workspace_run")
        batch_op.drop_index("ix_document_workspace")
        batch_op.drop_index("ix_document_job")
        batch_op.drop_index("ix_document_expires")
        batch_op.drop_index("ix_document_deleted")

    op.drop_table("document")
    with op.batch_alter_table("configuration", schema=None) as batch_op:
        batch_op.drop_index("uq_configuration_active", sqlite_where=sa.text("is_active"), postgresql_where=sa.text("is_active"))
        batch_op.drop_index("ix_configuration_workspace")

    op.drop_table("configuration")
