"""Jobs: what is asked for, cancelled, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, select

from argus.features.artefacts.configurations import service as configurations
from argus.features.artefacts.configurations.tables import Configuration
from argus.features.artefacts.documents import service as documents
from argus.features.artefacts.documents.tables import Document
from argus.features.artefacts.extraction.schemas import Export, JobView, NewJob
from argus.features.artefacts.extraction.tables import ExtractedTable, Job
from argus.platform import events, queue
from argus.platform.context import ServiceContext
from argus.platform.errors import Conflict, NotFound

KIND, QUEUE = "jobs.process", "extraction"
ENTITY = "job"
FINISHED = ("success", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which jobs are listed."""

    status: str | None = None
    document_id: str | None = None
    configuration_id: str | None = None
    created_by: str | None = None
    since: datetime | None = None


def listed(context: ServiceContext, filters: Filters) -> Select[Job]:
    """The jobs of the workspace that a caller asks for."""
    found = select(Job).where(Job.workspace_id == context.workspace_id)
    for name in ("status", "document_id", "configuration_id", "created_by"):
        if (value := getattr(filters, name)) is not None:
            found = found.where(getattr(Job, name) == value)
    if filters.since is not None:
        found = found.where(Job.created_at >= (filters.since if filters.since.tzinfo else filters.since.replace(tzinfo=UTC)))
    return found


async def get(context: ServiceContext, job_id: str) -> Job:
    """A job of the workspace.

    Raises:
        NotFound: there is none, or it is another workspace's.
    """
    job = await context.session.get(Job, job_id)
    if job is None or job.workspace_id != context.workspace_id:
        raise NotFound("job_not_found", "Job not found")
    return job


async def submit(context: ServiceContext, body: NewJob) -> Job:
    """Ask for the tables of a document. The job and its item in the queue are written together, so neither is without the other.

    Raises:
        NotFound: no such document or configuration, or the type has no active one.
        Conflict: the document was deleted.
    """
    document = await documents.get(context, body.document_id)
    if document.deleted_at is not None:
        raise Conflict("document_deleted", "The document was deleted")
    return await _enqueue(context, document, await _configuration(context, document, body))


async def _configuration(context: ServiceContext, document: Document, body: NewJob) -> Configuration:
    if body.configuration_id is not None:
        return await configurations.get(context, body.configuration_id)
    if body.document_type is not None:
        found = await configurations.active(context, body.document_type)
        if found is None:
            raise NotFound("configuration_not_found", f"No configuration is active for documents of type {body.document_type}")
        return found
    of_its_type = await configurations.active(context, document.document_type) if document.document_type else None
    return of_its_type or await configurations.everything(context)


async def _enqueue(context: ServiceContext, document: Document, configuration: Configuration, retry_of: str | None = None) -> Job:
    job = Job(
        workspace_id=context.workspace_id,
        document_id=document.document_id,
        configuration_id=configuration.configuration_id,
        configuration_version=configuration.version,
        status="pending",
        attempt=0,
        retry_of=retry_of,
        created_by=str(context.user.id),
        metrics={},
        logs=[],
    )
    context.session.add(job)
    await context.session.flush()
    item = await queue.put(context.session, KIND, {"job_id": job.job_id}, request_id=context.request_id)
    job.work_item_id = item.id
    await context.session.flush()
    about = {"document_id": job.document_id, "configuration_id": job.configuration_id} | ({"retry_of": retry_of} if retry_of else {})
    await events.record(context, "job.created", ENTITY, job.job_id, payload=about)
    return job


async def cancel(context: ServiceContext, job_id: str) -> Job:
    """Ask for a job's end. One that waits ends at once; one that runs at its next step, within two seconds.

    Raises:
        NotFound: as `get`.
        Conflict: it has ended.
    """
    job = await get(context, job_id)
    if job.status in FINISHED or job.work_item_id is None:
        raise Conflict("job_finished", "The job has ended", status=job.status)
    await queue.cancel(context.session, job.work_item_id)
    await context.session.refresh(job)
    return job


async def retry(context: ServiceContext, job_id: str) -> Job:
    """A new job like one that failed, was cancelled, or could not export a table.

    Raises:
        NotFound: as `get`.
        Conflict: it runs still, or there is nothing to try again; or the document was deleted.
    """
    job = await get(context, job_id)
    if job.status not in FINISHED:
        raise Conflict("job_not_finished", "The job has not ended", status=job.status)
    if job.status == "success" and not await _has_failed_exports(context, job_id):
        raise Conflict("job_succeeded", "The job has succeeded", status=job.status)
    document = await documents.get(context, job.document_id)
    if document.deleted_at is not None:
        raise Conflict("document_deleted", "The document was deleted")
    return await _enqueue(context, document, await configurations.get(context, job.configuration_id), retry_of=job_id)


async def _has_failed_exports(context: ServiceContext, job_id: str) -> bool:
    failed = select(ExtractedTable.table_id).where(ExtractedTable.job_id == job_id, ExtractedTable.export_error.is_not(None)).limit(1)
    return (await context.session.scalar(failed)) is not None


async def views_of(context: ServiceContext, jobs: Sequence[Job]) -> list[JobView]:
    """Jobs as they are answered, with what came of their tables."""
    ended = [job.job_id for job in jobs if job.status == "success"]
    exports: dict[str, list[Export]] = {}
    columns = (ExtractedTable.job_id, ExtractedTable.table_id, ExtractedTable.export_document_id, ExtractedTable.export_error)
    if ended:
        found = select(*columns).where(ExtractedTable.job_id.in_(ended)).order_by(ExtractedTable.job_id, ExtractedTable.sequence_index)
        for job_id, table_id, document_id, error in await context.session.execute(found):
            exports.setdefault(job_id, []).append(Export(table_id=table_id, document_id=document_id, error=error))
    return [view_of(job, exports.get(job.job_id, [])) for job in jobs]


def view_of(job: Job, exports: Sequence[Export] = ()) -> JobView:
    """A job as it is answered."""
    names = [name for name in JobView.model_fields if hasattr(job, name)]
    return JobView(duration_ms=_duration(job), exports=list(exports), **{name: getattr(job, name) for name in names})


def _duration(job: Job) -> int | None:
    if job.started_at is None or job.completed_at is None:
        return None
    return max(0, round((job.completed_at - job.started_at).total_seconds() * 1000))
