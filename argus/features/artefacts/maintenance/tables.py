"""What purges did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from argus.db.base import Base, UlidMixin, moment
from argus.kit.ulids import LENGTH


class Purge(UlidMixin, Base):
    """A purge: asked for by somebody, or the daily one."""

    __tablename__ = "purge"
    ulid_name = "purge_id"

    work_item_id: Mapped[str | None] = mapped_column(String(LENGTH))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    dry_run: Mapped[bool]
    older_than_days: Mapped[int]
    removed: Mapped[dict[str, Any]]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=moment)
    finished_at: Mapped[datetime | None]
