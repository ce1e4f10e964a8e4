"""Jobs of the deduper and what they found (docs/deduper.md#what-is-kept)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from argus.db.base import Base, moment

_ACTIVE = text("status IN ('pending', 'running')")


class DedupeJob(Base):
    """One computation. `cause` says why it was told to end: `cancel`, `timeout`, `stalled`."""

    __tablename__ = "dedupe_job"

    job_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    report_id: Mapped[str] = mapped_column(String(128))
    work_item_id: Mapped[str | None] = mapped_column(String(26))
    status: Mapped[str] = mapped_column(String(16), default="pending")
    cause: Mapped[str | None] = mapped_column(String(16))
    parameters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=moment)
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    progress: Mapped[dict[str, Any] | None]
    pid: Mapped[int | None]
    pid_started: Mapped[str | None]
    host: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(default=0)
    timeout_seconds: Mapped[int]
    exit_code: Mapped[int | None]
    error: Mapped[dict[str, Any] | None]
    logs: Mapped[list[str]] = mapped_column(default=list)
    result: Mapped[dict[str, Any] | None]
    created_by: Mapped[str | None]
    request_id: Mapped[str | None]

    __table_args__ = (
        Index("ix_dedupe_job_report_id_job_id", "report_id", "job_id"),
        Index("ix_dedupe_job_status", "status"),
        Index("ix_dedupe_job_created_at", "created_at"),
        Index("uq_dedupe_job_active", "report_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )


class DedupeReport(Base):
    """Which computation readers see. `events_until` is the time of the latest event that it saw, in milliseconds since 1970."""

    __tablename__ = "dedupe_report"

    report_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    job_id: Mapped[str] = mapped_column(String(26))
    attempt: Mapped[int]
    computed_at: Mapped[datetime]
    events_until: Mapped[int] = mapped_column(BigInteger)


class DedupeCluster(Base):
    """A cluster of one attempt. `representative` is `{"run_id", "ts", "event_id", "message"}`."""

    __tablename__ = "dedupe_cluster"

    job_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    report_id: Mapped[str] = mapped_column(String(128))
    severity: Mapped[str] = mapped_column(String(16))
    event_type: Mapped[str]
    size: Mapped[int]
    runs: Mapped[int]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(64))
    representative: Mapped[dict[str, Any]]
    nodes: Mapped[list[str]]
    sample: Mapped[list[str]]

    __table_args__ = (
        Index("ix_dedupe_cluster_size", "job_id", "attempt", "size", "cluster_id"),
        Index("ix_dedupe_cluster_severity", "job_id", "attempt", "severity", "size", "cluster_id"),
        Index("ix_dedupe_cluster_first_seen", "job_id", "attempt", "first_seen", "cluster_id"),
        Index("ix_dedupe_cluster_last_seen", "job_id", "attempt", "last_seen", "cluster_id"),
        Index("ix_dedupe_cluster_signature", "signature", "last_seen"),
        Index("ix_dedupe_cluster_report_id", "report_id"),
    )


class DedupeMember(Base):
    """An event of a cluster. `ts` is in milliseconds since 1970; `event_id` is empty where the event has none."""

    __tablename__ = "dedupe_member"

    job_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ts: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    severity: Mapped[str] = mapped_column(String(16))
    node: Mapped[str]
    similarity: Mapped[float]
