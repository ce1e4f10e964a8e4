"""Documents as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, synonym

from argus.db.base import Base, Json, TimestampMixin, UlidMixin

LIVING = text("deleted_at IS NULL")


class Document(UlidMixin, TimestampMixin, Base):
    """A file, uploaded or produced by a job.

    `belongs_to` makes the content unique among the living documents of a workspace: the run, `table:<id>` of a document that was produced
    from a table, or nothing.
    """

    __tablename__ = "document"
    ulid_name = "document_id"
    document_id = synonym("id")
    __table_args__ = (
        Index("uq_document_content", "workspace_id", "sha256", "belongs_to", unique=True, sqlite_where=LIVING, postgresql_where=LIVING),
        Index("ix_document_workspace", "workspace_id", "document_id"),
        Index("ix_document_workspace_run", "workspace_id", "run_id", "document_id"),
        Index("ix_document_job", "produced_by_job_id", "document_id"),
        Index("ix_document_expires", "expires_at"),
        Index("ix_document_deleted", "deleted_at"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.workspace_id"))
    original_filename: Mapped[str]
    content_type: Mapped[str]
    byte_size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    document_type: Mapped[str | None]
    run_id: Mapped[str | None]
    test_id: Mapped[str | None]
    release_id: Mapped[str | None]
    belongs_to: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column("metadata", Json, default=dict)
    produced_by_job_id: Mapped[str | None]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
