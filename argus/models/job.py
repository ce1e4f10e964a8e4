"""Periodic work: where each job stands, what its turns came to, and how the systems that are asked do. Our own tables."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from argus.storage.table import ClusteringKey, PartitionKey, Row


class JobState(Row, table="job_state"):
    """One row a job, all in one partition (`scope` is `all`), so that one read tells of all.

    `slot` is the time for which the last turn was due. The columns of a person's wish (`paused…`, `asked…`) and those of
    a turn are written apart.
    """

    scope: Annotated[str, PartitionKey()]
    job: Annotated[str, ClusteringKey()]
    paused: bool | None = None
    paused_by: str | None = None
    asked_at: datetime | None = None
    asked_by: str | None = None
    slot: datetime | None = None
    holder: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    result: str | None = None
    error: str | None = None


class JobTurn(Row, table="job_turn", uses_ttl=True):
    """One turn that did something or failed, kept for a while; the newest first."""

    job: Annotated[str, PartitionKey()]
    started_at: Annotated[datetime, ClusteringKey("desc")]
    id: Annotated[UUID, ClusteringKey()]
    slot: datetime | None = None
    holder: str | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    result: str | None = None
    error: str | None = None


class RemoteStanding(Row, table="remote_standing", uses_ttl=True):
    """How another system does, as one process sees it; gone an hour after that process last said so."""

    scope: Annotated[str, PartitionKey()]
    remote: Annotated[str, ClusteringKey()]
    holder: Annotated[str, ClusteringKey()]
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    waiting: int | None = None
    resting: bool | None = None
    blocked_until: datetime | None = None
