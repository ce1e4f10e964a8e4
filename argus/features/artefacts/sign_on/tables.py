"""Sign-ons of an OpenID provider: whose account an identity opens, and log-ins that are under way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from argus.db.base import Base, moment


class SignOnIdentity(Base):
    """Who somebody of the provider is here."""

    __tablename__ = "identity"
    __table_args__ = (Index(None, "user_id"),)

    issuer: Mapped[str] = mapped_column(String(512), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36))
    email: Mapped[str | None] = mapped_column(String(320))
    linked_at: Mapped[datetime] = mapped_column(default=moment)
    last_login_at: Mapped[datetime] = mapped_column(default=moment)

    @property
    def account(self) -> UUID:
        return UUID(self.user_id)


class SignOn(Base):
    """A log-in that has left for the provider and may come back once."""

    __tablename__ = "sso_login"
    __table_args__ = (Index(None, "expires_at"),)

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    code_verifier: Mapped[str] = mapped_column(String(128))
    nonce: Mapped[str] = mapped_column(String(64))
    next: Mapped[str] = mapped_column(String(2048))
    browser_hash: Mapped[str] = mapped_column(String(64))
    used: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime]
