"""What was found, page by page: clusters of a report, events of a cluster, runs that have the same one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from argus.db.database import open_database
from argus.features.deduper import ledger, results, source
from argus.features.deduper.paging import choice, cursor, limit_of, number, place_of
from argus.features.deduper.results import Place
from argus.features.deduper.subjects import Subject, subject_of
from argus.features.deduper.tables import DedupeJob, DedupeReport
from argus.features.deduper.views import cluster_view, member_view, stamp
from argus.kit.ulids import is_ulid
from argus.platform.errors import NotFound
from argus.runtime import Runtime

SEVERITIES = ("CRITICAL", "ERROR", "WARNING", "NORMAL", "DEBUG")
_signature = re.compile(r"[0-9a-f]{64}")

Query = Mapping[str, str]


async def clusters(runtime: Runtime, report_id: str, query: Query) -> dict[str, Any]:
    """A page of the clusters of a report.

    Raises:
        NotFound: `no_result`.
        Invalid: a value of the query.
    """
    limit, sort = limit_of(query), choice(query, "sort", "size", "first_seen", "last_seen") or "size"
    severity, least = choice(query, "severity", *SEVERITIES), number(query, "min_size", 1, 1, 10**8)
    subject = _subject(report_id)
    place = place_of(runtime.settings, query, f"clusters {report_id} {sort}")
    after = None if place is None else Place(place[0] if sort == "size" else datetime.fromisoformat(place[0]), place[1])
    database = await open_database(runtime)
    async with database.reading() as session:
        head = await results.head_of(session, subject.report_id)
        if head is None:
            raise NotFound("no_result", "There is no result for this report")
        job = await ledger.find(session, head.job_id)
        sorting = cast("Literal['size', 'first_seen', 'last_seen']", sort)
        found = await results.clusters(session, head, limit + 1, sorting, severity, least, after)
    following = None
    if len(found) > limit:
        last = found[limit - 1]
        value = getattr(last, sort)
        following = cursor(
            runtime.settings, f"clusters {report_id} {sort}", value if sort == "size" else value.isoformat(), last.cluster_id
        )
    return {
        "reportId": subject.report_id,
        "jobId": head.job_id,
        "computedAt": stamp(head.computed_at),
        "stale": await _is_stale(runtime, subject, head, job),
        "items": [cluster_view(one) for one in found[:limit]],
        "next_cursor": following,
    }


async def _is_stale(runtime: Runtime, subject: Subject, head: DedupeReport, job: DedupeJob | None) -> bool:
    """Whether events were submitted after the computation: later ones than the latest that it saw."""
    if job is None:
        return True
    parameters = job.parameters
    runs = await source.runs_of(runtime, subject, parameters.get("hours", 24), map(UUID, parameters.get("runs", ())))
    return await source.newer(runtime, runs, parameters["severity"], head.events_until)


async def events(runtime: Runtime, report_id: str, cluster: str, query: Query) -> dict[str, Any]:
    """A page of the events of a cluster, the earliest first.

    Raises:
        NotFound: `no_result`, `cluster_not_found`.
        Invalid: a value of the query.
    """
    limit, subject = limit_of(query), _subject(report_id)
    place = place_of(runtime.settings, query, f"events {report_id} {cluster}")
    database = await open_database(runtime)
    async with database.reading() as session:
        head = await results.head_of(session, subject.report_id)
        if head is None:
            raise NotFound("no_result", "There is no result for this report")
        known = await results.cluster_of(session, head, cluster) if is_ulid(cluster) else None
        if known is None:
            raise NotFound("cluster_not_found", "Cluster not found")
        found = await results.members(session, head, cluster, limit + 1, tuple(place) if place else None)
    page = found[:limit]
    messages = await asyncio.gather(*(source.message_at(runtime, UUID(one.run_id), one.severity, one.ts) for one in page))
    last = page[-1] if len(found) > limit else None
    return {
        "reportId": subject.report_id,
        "clusterId": cluster,
        "items": [member_view(one, message) for one, message in zip(page, messages, strict=True)],
        "next_cursor": last and cursor(runtime.settings, f"events {report_id} {cluster}", last.ts, last.run_id, last.event_id),
    }


async def runs_with(runtime: Runtime, signature: str, query: Query) -> dict[str, Any]:
    """Where else a failure was seen, the last time first.

    Raises:
        NotFound: it is no signature.
        Invalid: a value of the query.
    """
    limit = limit_of(query)
    if not _signature.fullmatch(signature):
        raise NotFound("signature_not_found", "Signature not found")
    place = place_of(runtime.settings, query, f"signature {signature}")
    after = Place(datetime.fromisoformat(place[0]), place[1]) if place else None
    database = await open_database(runtime)
    async with database.reading() as session:
        found = await results.of_signature(session, signature, limit + 1, after)
    page = found[:limit]
    last = page[-1] if len(found) > limit else None
    return {
        "signature": signature,
        "items": [{"reportId": one.report_id, "jobId": one.job_id, **cluster_view(one)} for one in page],
        "next_cursor": last and cursor(runtime.settings, f"signature {signature}", last.last_seen.isoformat(), last.job_id),
    }


def _subject(report_id: str) -> Subject:
    subject = subject_of(report_id)
    if subject is None:
        raise NotFound("no_result", "There is no result for this report")
    return subject
