"""Periodic work: where each job stands, and what its turns came to. Our own tables; the other system has none of them."""

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
