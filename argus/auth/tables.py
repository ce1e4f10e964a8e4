"""API keys, as the relational database keeps them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from argus.db.base import Base, UlidMixin, moment


class ApiKey(UlidMixin, Base):
    """A key: what finds it, and a hash of what proves it. The key itself is shown once and kept nowhere."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "token_prefix", unique=True), Index(None, "user_id", "api_key_id"))
    ulid_name = "api_key_id"

    token_prefix: Mapped[str] = mapped_column(String(8))
    secret_hash: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(120))
    user_id: Mapped[str] = mapped_column(String(36))
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=moment)
    expires_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    last_seen_ip: Mapped[str | None] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None]
