"""Jobs, the tables that they took out of documents, and where those were published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, synonym

from argus.db.base import Base, Json, TimestampMixin, UlidMixin


class Job(UlidMixin, TimestampMixin, Base):
    """One reading of a document."""

    __tablename__ = "job"
    ulid_name = "job_id"
    job_id = synonym("id")
    __table_args__ = (
        Index("ix_job_workspace", "workspace_id", "job_id"),
        Index("ix_job_workspace_status", "workspace_id", "status", "job_id"),
        Index("ix_job_document", "document_id", "job_id"),
        Index("ix_job_configuration", "configuration_id", "job_id"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.workspace_id"))
    document_id: Mapped[str] = mapped_column(ForeignKey("document.document_id", ondelete="CASCADE"))
    configuration_id: Mapped[str] = mapped_column(ForeignKey("configuration.configuration_id"))
    configuration_version: Mapped[int]
    status: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    retry_of: Mapped[str | None]
    work_item_id: Mapped[str | None]
    created_by: Mapped[str]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    metrics: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    logs: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)


class ExtractedTable(UlidMixin, TimestampMixin, Base):
    """A table of a document, as one attempt of a job read it; shown once the job has ended well."""

    __tablename__ = "extracted_table"
    ulid_name = "table_id"
    table_id = synonym("id")
    __table_args__ = (
        UniqueConstraint("job_id", "sequence_index"),
        Index("ix_extracted_table_document", "document_id", "table_id"),
    )

    job_id: Mapped[str] = mapped_column(ForeignKey("job.job_id", ondelete="CASCADE"))
    document_id: Mapped[str] = mapped_column(ForeignKey("document.document_id", ondelete="CASCADE"))
    attempt: Mapped[int]
    sequence_index: Mapped[int]
    title: Mapped[str]
    columns: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    row_count: Mapped[int]
    sample_rows: Mapped[list[dict[str, str]]] = mapped_column(Json)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", Json)
    export_document_id: Mapped[str | None]
    export_error: Mapped[str | None]


class ExtractedRow(Base):
    """A row: its cells as a JSON list of texts, in the order of the columns. Kept as it is written, so that none is encoded twice."""

    __tablename__ = "extracted_row"

    table_id: Mapped[str] = mapped_column(ForeignKey("extracted_table.table_id", ondelete="CASCADE"), primary_key=True)
    row_index: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[str]


class PublishedTable(Base):
    """A table that stands among the results of a run, so that publishing it once more does nothing."""

    __tablename__ = "published_table"

    table_id: Mapped[str] = mapped_column(ForeignKey("extracted_table.table_id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    row_column: Mapped[str]
    published_by: Mapped[str]
    published_at: Mapped[datetime]
