"""Clusters and their events, as rows: written by the program of a job, read by everybody once they are published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.database import Database
from argus.features.deduper.clustering import Cluster, Clusters
from argus.features.deduper.source import aware
from argus.features.deduper.subjects import cluster_id
from argus.features.deduper.tables import DedupeCluster, DedupeMember, DedupeReport

ROWS = 500  # of one transaction
LONGEST_MESSAGE = 16_384  # characters of a representative's message that a cluster keeps

Sort = Literal["size", "first_seen", "last_seen"]


async def write(
    database: Database,
    report_id: str,
    job_id: str,
    attempt: int,
    found: Clusters,
    messages: Sequence[str | None],
    told: Callable[[int], None] = lambda done: None,
) -> None:
    """Keep the clusters of an attempt, in transactions of at most `ROWS` rows.

    Args:
        messages: what the representative of each cluster says.
        told: how many events are kept.
    """
    ids = [cluster_id(report_id, one.severity, one.event_type, one.text_hash) for one in found.clusters]
    key = {"job_id": job_id, "attempt": attempt}
    rows = ({**key, "report_id": report_id, **_row(id_, one, said)} for id_, one, said in zip(ids, found.clusters, messages, strict=True))
    for some in _batches(rows):
        async with database.transaction() as session:
            await session.execute(insert(DedupeCluster), some)
    members = (
        {
            **key,
            "cluster_id": ids[number],
            "ts": event.ts,
            "run_id": str(event.run_id),
            "event_id": str(event.event_id or ""),
            "severity": event.severity,
            "node": event.node,
            "similarity": round(alike, 4),
        }
        for number, event, alike in found.members()
    )
    done = 0
    for some in _batches(members):
        async with database.transaction() as session:
            await session.execute(insert(DedupeMember), some)
        done += len(some)
        told(done)


def _batches(rows: Any) -> Any:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS:
            yield some
            some = []
    if some:
        yield some


def _row(id_: str, one: Cluster, message: str | None) -> dict[str, Any]:
    head = one.representative
    return {
        "cluster_id": id_,
        "severity": one.severity,
        "event_type": one.event_type,
        "size": one.size,
        "runs": one.runs,
        "first_seen": aware(one.first_seen),
        "last_seen": aware(one.last_seen),
        "signature": one.signature,
        "representative": {
            "run_id": str(head.run_id),
            "ts": head.ts,
            "event_id": str(head.event_id) if head.event_id else None,
            "message": (message or "")[:LONGEST_MESSAGE],
        },
        "nodes": one.nodes,
        "sample": [str(event.event_id) for event in one.sample if event.event_id],
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list begins: behind a value and an id."""

    value: Any
    id: str


async def head_of(session: AsyncSession, report_id: str) -> DedupeReport | None:
    """Which computation of a report readers see."""
    return await session.get(DedupeReport, report_id)


async def clusters(
    session: AsyncSession,
    head: DedupeReport,
    limit: int,
    sort: Sort = "size",
    severity: str | None = None,
    min_size: int = 1,
    after: Place | None = None,
) -> Sequence[DedupeCluster]:
    """Clusters of a computation, the largest (or latest) first."""
    by: Any = getattr(DedupeCluster, sort)
    statement = select(DedupeCluster).where(DedupeCluster.job_id == head.job_id, DedupeCluster.attempt == head.attempt)
    if severity is not None:
        statement = statement.where(DedupeCluster.severity == severity)
    if min_size > 1:
        statement = statement.where(DedupeCluster.size >= min_size)
    if after is not None:
        statement = statement.where(_behind(by, DedupeCluster.cluster_id, after))
    return (await session.scalars(statement.order_by(by.desc(), DedupeCluster.cluster_id.desc()).limit(limit))).all()


async def cluster_of(session: AsyncSession, head: DedupeReport, id_: str) -> DedupeCluster | None:
    """A cluster of a computation."""
    return await session.get(DedupeCluster, (head.job_id, head.attempt, id_))


async def members(
    session: AsyncSession, head: DedupeReport, id_: str, limit: int, after: tuple[Any, ...] | None = None
) -> Sequence[DedupeMember]:
    """Events of a cluster, the earliest first.

    Args:
        after: time, run and event of the last one of the page before.
    """
    order = (DedupeMember.ts, DedupeMember.run_id, DedupeMember.event_id)
    statement = select(DedupeMember).where(
        DedupeMember.job_id == head.job_id, DedupeMember.attempt == head.attempt, DedupeMember.cluster_id == id_
    )
    if after is not None:
        statement = statement.where(tuple_(*order) > tuple_(*after))
    return (await session.scalars(statement.order_by(*order).limit(limit))).all()


async def of_signature(session: AsyncSession, signature: str, limit: int, after: Place | None = None) -> Sequence[DedupeCluster]:
    """Clusters of all reports, as published, that say the same, those seen last first."""
    statement = (
        select(DedupeCluster)
        .join(DedupeReport, (DedupeReport.job_id == DedupeCluster.job_id) & (DedupeReport.attempt == DedupeCluster.attempt))
        .where(DedupeCluster.signature == signature)
    )
    if after is not None:
        statement = statement.where(_behind(DedupeCluster.last_seen, DedupeCluster.job_id, after))
    return (await session.scalars(statement.order_by(DedupeCluster.last_seen.desc(), DedupeCluster.job_id.desc()).limit(limit))).all()


def _behind(column: Any, id_column: Any, place: Place) -> ColumnElement[bool]:
    behind: ColumnElement[bool] = (column < place.value) | ((column == place.value) & (id_column < place.id))
    return behind
