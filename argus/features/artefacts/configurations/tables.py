"""Configurations as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, synonym

from argus.db.base import Base, Json, TimestampMixin, UlidMixin

ACTIVE = text("is_active")


class Configuration(UlidMixin, TimestampMixin, Base):
    """A version of how the tables of a document type are read. Its payload never changes."""

    __tablename__ = "configuration"
    ulid_name = "configuration_id"
    configuration_id = synonym("id")
    __table_args__ = (
        UniqueConstraint("workspace_id", "document_type", "version"),
        Index("uq_configuration_active", "workspace_id", "document_type", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
        Index("ix_configuration_workspace", "workspace_id", "configuration_id"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.workspace_id"))
    document_type: Mapped[str]
    title: Mapped[str]
    version: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=False)
    activated_at: Mapped[datetime | None]
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    created_by: Mapped[str]
