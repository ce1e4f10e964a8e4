"""The work on a job, as the queue does it: attempts may end anywhere, and another one begins anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.session import runtime_of
from argus.features.artefacts.configurations.tables import Configuration
from argus.features.artefacts.documents.tables import Document
from argus.features.artefacts.extraction import outputs
from argus.features.artefacts.extraction.service import ENTITY, FINISHED, KIND, QUEUE
from argus.features.artefacts.extraction.tables import Job
from argus.features.artefacts.extraction.turns import turn
from argus.platform import events
from argus.platform.files import ObjectMissing, file_store
from argus.platform.kinds import handler
from argus.platform.message_hub import publish
from argus.platform.stops import Fenced, Permanent, WorkCancelled
from argus.platform.tables import WorkItem
from argus.platform.work import Work
from argus.runtime import Runtime

log = logging.getLogger("argus.extraction")

MEMORY = 2 << 30  # bytes of address space
CPU_SECONDS = 300
WALL_SECONDS = 300.0
LONGEST_WAIT = 3600.0  # seconds, with the time for which other jobs of the workspace are waited for
KEPT_LINES = 200  # of a job's log


async def job_ended(session: AsyncSession, item: WorkItem, outcome: str, error: dict[str, Any] | None) -> None:
    """The item ended without success: so does the job, and nothing that it wrote stays."""
    job = await session.get(Job, item.payload["job_id"])
    if job is None or job.status in FINISHED:
        return
    await outputs.drop(session, job.id)
    job.status, job.error, job.completed_at = outcome, error, moment()
    job.attempt = item.attempts
    if error is not None:
        job.logs = _with(job.logs, "error", error["message"])
    await session.flush()
    await _tell(session, runtime_of(session), job, f"job.status.{outcome}", item.request_id, {"error": error} if error else {})


@handler(KIND, queue=QUEUE, max_attempts=3, soft_seconds=LONGEST_WAIT, ended=job_ended)
async def process(work: Work) -> None:
    """Take the tables out of a job's document."""
    job_id = work.payload["job_id"]
    async with turn(work, job_id):
        try:
            async with asyncio.timeout(WALL_SECONDS) as limit:
                await _process(work, job_id)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Permanent("time_limit", f"it was not done within {WALL_SECONDS:g} seconds") from None


async def _process(work: Work, job_id: str) -> None:
    begun = await _begin(work, job_id)
    if begun is None:
        return
    job, document, configuration = begun
    async with _copy(work, document) as path:
        counts = await _read(work, job, path, document, configuration.payload)
    await _finish(work, job, document, counts)


async def _begin(work: Work, job_id: str) -> tuple[Job, Document, Configuration] | None:
    async with work.transaction() as session:
        job = await session.get(Job, job_id)
        if job is None or job.status in FINISHED:
            return None
        document = await session.get(Document, job.document_id)
        configuration = await session.get(Configuration, job.configuration_id)
        assert document is not None
        assert configuration is not None
        if document.deleted_at is not None:
            raise Permanent("document_deleted", "the document was deleted")
        await outputs.drop(session, job_id)
        first = job.status == "pending"
        job.status, job.attempt, job.metrics = "running", work.attempt, {}
        job.started_at = job.started_at or moment()
        job.logs = _with(job.logs, "info", "begun" if first else f"begun again: attempt {work.attempt}")
        await session.flush()
        await _tell(
            session, work.runtime, job, "job.status.running" if first else "job.attempt.begun", work.request_id, {"attempt": work.attempt}
        )
    return job, document, configuration


@asynccontextmanager
async def _copy(work: Work, document: Document) -> AsyncIterator[Path]:
    """The document as a file of this host, whatever the store is."""
    try:
        async with file_store(work.runtime).copied(document.sha256, work.checkpoint) as path:
            yield path
    except ObjectMissing:
        raise Permanent("object_missing", "the content of the document is gone") from None


async def _read(work: Work, job: Job, path: Path, document: Document, payload: dict[str, Any]) -> dict[str, Any]:
    """Store what the spawned process finds; returns the counts."""
    counts: dict[str, Any] = {"tables": 0, "rows": 0, "cells": 0, "issues": 0}
    argument = {"path": str(path), "name": document.original_filename.rsplit(".", 1)[0], "payload": payload}
    table_id, width, start = "", 0, 0
    async for message in work.spawn("argus.features.artefacts.extraction.worker:extract", argument, memory=MEMORY, cpu=CPU_SECONDS):
        if "percent" in message:
            publish(work.runtime, f"{ENTITY}:{job.id}", "job.progress", message)
        elif "table" in message:
            told = message["table"]
            async with work.transaction() as session:
                table_id = await outputs.add_table(session, job, work.attempt, counts["tables"], told)
            width, start = len(told["columns"]), 0
            counts["tables"] += 1
            counts["issues"] += told["metadata"].get("issue_count", 0)
        elif "rows" in message:
            async with work.transaction() as session:
                await outputs.add_rows(session, table_id, start, message["rows"])
            start += len(message["rows"])
            counts["rows"] += len(message["rows"])
            counts["cells"] += len(message["rows"]) * width
        else:
            counts["processor"] = message["processor"]
    return counts


async def _finish(work: Work, job: Job, document: Document, counts: dict[str, Any]) -> None:
    """Tell of the tables, export them, and let all of it be seen at once with the job's success."""
    async with work.transaction() as session:
        await _tell(session, work.runtime, job, "job.outputs.persisted", work.request_id, counts | {"attempt": work.attempt})
    exported = [await _export(work, table) for table in await outputs.tables_of(work.database, job.id)]
    failed = sum(1 for each in exported if each.error)
    async with work.completing() as session:
        ended = await session.get(Job, job.id)
        source = await session.get(Document, document.id)
        assert ended is not None
        assert source is not None
        await outputs.keep_exports(session, work.runtime, ended, source, exported)
        ended.metrics = counts | {"exports": len(exported) - failed, "failed_exports": failed}
        ended.logs = _with(ended.logs, "warning" if failed else "info", _summary(counts, failed))
        for each in exported:
            if each.sha256 is not None:
                await _tell_of_document(session, work, ended, source, each)
        await _tell(
            session, work.runtime, ended, "job.exports.persisted", work.request_id, {"exports": len(exported) - failed, "failed": failed}
        )
        ended.status, ended.completed_at = "success", moment()
        await session.flush()
        await _tell(session, work.runtime, ended, "job.status.success", work.request_id, {"metrics": ended.metrics})


async def _export(work: Work, table: Any) -> outputs.Exported:
    """A CSV that cannot be kept fails by itself, and not the reading."""
    await work.checkpoint()
    try:
        return await outputs.export(work.runtime, work.database, table)
    except (Fenced, WorkCancelled):
        raise
    except Exception as error:
        log.exception("the CSV of table %s could not be written", table.id)
        return outputs.Exported(table, error=getattr(error, "code", None) or type(error).__name__)


async def _tell(
    session: AsyncSession, runtime: Runtime | None, job: Job, event_type: str, request_id: str | None, payload: dict[str, Any]
) -> None:
    await events.append(session, runtime, event_type, ENTITY, job.id, workspace_id=job.workspace_id, request_id=request_id, payload=payload)


async def _tell_of_document(session: AsyncSession, work: Work, job: Job, source: Document, each: outputs.Exported) -> None:
    about = {"table_id": each.table.id, "job_id": job.id, "source_document_id": source.id}
    await events.append(
        session,
        work.runtime,
        "document.produced",
        outputs.OWNER,
        each.document_id,
        workspace_id=job.workspace_id,
        request_id=work.request_id,
        payload=about,
    )


def _summary(counts: dict[str, Any], failed: int) -> str:
    parts = [f"{counts['tables']} tables, {counts['rows']} rows"]
    if counts["issues"]:
        parts.append(f"{counts['issues']} cells are no values of their column's type")
    if failed:
        parts.append(f"{failed} tables could not be exported")
    return "; ".join(parts)


def _with(lines: list[dict[str, Any]], level: str, message: str) -> list[dict[str, Any]]:
    at = moment().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [*lines, {"at": at, "level": level, "message": message[:2000]}][-KEPT_LINES:]
