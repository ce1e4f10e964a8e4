"""Maintenance: what may be removed for good, and how much there is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, select

from argus.features.artefacts.maintenance.schemas import MaintenanceStatus, PurgeAccepted, PurgeBody, PurgeResult
from argus.features.artefacts.maintenance.tables import Purge
from argus.platform import events, queue
from argus.platform.context import ServiceContext
from argus.platform.errors import NotFound
from argus.platform.files import file_store
from argus.platform.responses import EventView
from argus.platform.tables import Event, FileObject, WorkItem

KIND = "maintenance.purge"


async def ask(context: ServiceContext, body: PurgeBody) -> PurgeAccepted:
    """Put a purge into the queue."""
    purge = Purge(dry_run=body.dry_run, older_than_days=body.older_than_days, removed={})
    context.session.add(purge)
    await context.session.flush()
    item = await queue.put(context.session, KIND, {"purge_id": purge.id}, request_id=context.request_id)
    purge.work_item_id = item.id
    await events.record(context, "maintenance.purge.asked", "purge", purge.id, payload=body.model_dump())
    return PurgeAccepted(work_id=item.id)


async def status(context: ServiceContext) -> MaintenanceStatus:
    """The last purge, what waits, and how much the file store holds."""
    last = await context.session.scalar(select(Purge).order_by(Purge.id.desc()).limit(1))
    counts: dict[str, dict[str, int]] = {}
    waiting = select(WorkItem.queue, WorkItem.state, func.count()).where(WorkItem.state.in_(("queued", "leased", "failed")))
    for name, state, number in await context.session.execute(waiting.group_by(WorkItem.queue, WorkItem.state)):
        counts.setdefault(name, {})[state] = number
    orphans = await context.session.scalar(select(func.count()).select_from(FileObject).where(FileObject.unused_since.is_not(None))) or 0
    await context.abandon()
    objects, size = await file_store(context.runtime).usage()
    return MaintenanceStatus(last_purge=_told(last), queue=counts, files={"objects": objects, "bytes": size}, orphans=orphans)


def _told(purge: Purge | None) -> PurgeResult | None:
    if purge is None:
        return None
    return PurgeResult(
        work_id=purge.work_item_id or "",
        state=purge.state,
        dry_run=purge.dry_run,
        finished_at=purge.finished_at,
        removed=purge.removed,
        error=purge.error,
    )


def filtered(
    context: ServiceContext,
    entity_type: str | None,
    entity_id: str | None,
    event_type: str | None,
    actor_id: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Select[Event]:
    """Events of the workspace."""
    found = select(Event).where(Event.workspace_id == context.workspace_id)
    wanted = {Event.entity_type: entity_type, Event.entity_id: entity_id, Event.event_type: event_type, Event.actor_id: actor_id}
    for column, value in wanted.items():
        if value is not None:
            found = found.where(column == value)
    if since is not None:
        found = found.where(Event.occurred_at >= since)
    return found.where(Event.occurred_at < until) if until is not None else found


async def event(context: ServiceContext, event_id: str) -> EventView:
    """One event of the workspace.

    Raises:
        NotFound
    """
    found = await context.session.get(Event, event_id)
    if found is None or found.workspace_id != context.workspace_id:
        raise NotFound("event_not_found", "Event not found")
    return EventView.model_validate(found)
