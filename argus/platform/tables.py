"""The tables of the machinery: work, hosts that work, events, references to files, answers to repeated requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from argus.db.base import Base, Moment, TimestampMixin, UlidMixin, moment
from argus.kit.ulids import LENGTH


class WorkItem(UlidMixin, Base):
    """Something that a worker is to do. `attempts` is also the fence: who began another attempt may write, nobody else."""

    __tablename__ = "work_item"
    __table_args__ = (
        Index(None, "queue", "state", "not_before", "id"),
        Index(None, "state", "lease_until"),
        Index(None, "kind", "id"),
        Index(None, "state", "finished_at"),
    )

    queue: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int]
    not_before: Mapped[datetime] = mapped_column(default=moment)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error: Mapped[dict[str, Any] | None]
    request_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=moment)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    """When a message about it was last given to Celery's broker."""


class WorkerHost(Base):
    """A host whose processes work for the embedded engine, and when it last said so."""

    __tablename__ = "worker_host"

    host: Mapped[str] = mapped_column(String(128), primary_key=True)
    seen_at: Mapped[datetime]


class Event(Base):
    """An entry of the timeline: what happened to an entity. Never changed."""

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "entity_type", "entity_id", "event_id"),
        Index(None, "workspace_id", "event_id"),
    )

    event_id: Mapped[str] = mapped_column(String(LENGTH), primary_key=True)
    event_type: Mapped[str] = mapped_column(String(64))
    entity_type: Mapped[str] = mapped_column(String(32))
    entity_id: Mapped[str] = mapped_column(String(64))
    workspace_id: Mapped[str | None] = mapped_column(String(LENGTH))
    occurred_at: Mapped[datetime] = mapped_column(Moment)
    actor_type: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str | None] = mapped_column(String(64))
    actor_label: Mapped[str | None] = mapped_column(String(128))
    source: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]


class FileObject(Base):
    """An object of the file store, and since when nobody refers to it."""

    __tablename__ = "file_object"
    __table_args__ = (Index(None, "unused_since"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    byte_size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=moment)
    unused_since: Mapped[datetime | None] = mapped_column(default=moment)


class FileRef(Base):
    """Who holds an object of the file store."""

    __tablename__ = "file_ref"
    __table_args__ = (Index(None, "owner_kind", "owner_id"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner_kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=moment)


class Idempotency(Base):
    """The first answer to a request that names an `Idempotency-Key`; `status` is null while it is being made."""

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "expires_at"),)

    user_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[list[Any] | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class Workspace(UlidMixin, TimestampMixin, Base):
    """What groups the artefacts of one effort, such as the sign-off of a release."""

    __tablename__ = "workspace"
    __table_args__ = (Index(None, "owner_id", "name", unique=True),)
    ulid_name = "workspace_id"

    owner_id: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(120))
    release_id: Mapped[str | None] = mapped_column(String(36))
    team_id: Mapped[str | None] = mapped_column(String(36))


class WorkspaceMember(Base):
    """Who belongs to a workspace. Of the workspaces of a user at most one is the default."""

    __tablename__ = "workspace_member"
    __table_args__ = (
        Index(None, "user_id", "workspace_id"),
        Index("uq_workspace_member_default", "user_id", unique=True, sqlite_where=text("is_default"), postgresql_where=text("is_default")),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.workspace_id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    is_default: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime] = mapped_column(default=moment)
