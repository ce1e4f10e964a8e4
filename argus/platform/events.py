"""The timeline: every event is a row of the transaction that it tells of, and is published after its commit."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.session import after_commit
from argus.kit.ulids import new_ulid
from argus.platform.context import ServiceContext, Source
from argus.platform.message_hub import publish
from argus.platform.pages import PageRequest
from argus.platform.responses import EventView, Page, written
from argus.platform.tables import Event
from argus.runtime import Runtime

log = logging.getLogger("argus.platform")

DENIALS = 60  # rows of denied requests a minute and worker; more are only logged
LONGEST_LABEL = 128


async def record(
    context: ServiceContext,
    event_type: str,
    entity_type: str,
    entity_id: str,
    *,
    payload: Mapping[str, Any] | None = None,
    alone: bool = False,
) -> str:
    """Tell of what a request did.

    Args:
        alone: in a transaction of its own, kept also when the request fails.

    Returns:
        The event's id.
    """
    event = _event(event_type, entity_type, entity_id, context._workspace_id, payload)
    event.source, event.request_id = context.source, context.request_id[:64] or None
    if context.identity is None:
        event.actor_type = "system"
    else:
        user = context.identity.user
        event.actor_type = "api_key" if context.identity.api_key_id else "user"
        event.actor_id = context.identity.api_key_id or str(user.id)
        event.actor_label = (user.username or str(user.id))[:LONGEST_LABEL]
    if not alone:
        return await _add(context.session, context.runtime, event)
    async with context.database.transaction() as session:
        return await _add(session, context.runtime, event)


async def append(
    session: AsyncSession,
    runtime: Runtime | None,
    event_type: str,
    entity_type: str,
    entity_id: str,
    *,
    workspace_id: str | None = None,
    request_id: str | None = None,
    payload: Mapping[str, Any] | None = None,
    source: Source = "worker",
) -> str:
    """Tell of what Argus did by itself, as part of a transaction.

    Returns:
        The event's id.
    """
    event = _event(event_type, entity_type, entity_id, workspace_id, payload)
    event.source, event.actor_type, event.request_id = source, "system", request_id
    return await _add(session, runtime, event)


def _event(event_type: str, entity_type: str, entity_id: str, workspace_id: str | None, payload: Mapping[str, Any] | None) -> Event:
    return Event(
        event_id=new_ulid(),
        event_type=event_type,
        entity_type=entity_type,
        entity_id=entity_id,
        workspace_id=workspace_id,
        occurred_at=moment(),
        payload=dict(payload or {}),
    )


async def _add(session: AsyncSession, runtime: Runtime | None, event: Event) -> str:
    session.add(event)
    await session.flush()
    about = {"event_id": event.event_id, "entity_id": event.entity_id, "at": written(event.occurred_at), **event.payload}
    topic, kind = f"{event.entity_type}:{event.entity_id}", event.event_type
    if runtime is not None:
        after_commit(session, lambda: publish(runtime, topic, kind, about))
    return event.event_id


async def timeline(
    context: ServiceContext, page: PageRequest, entity_type: str, entity_id: str, event_type: str | None = None
) -> Page[EventView]:
    """What happened to an entity, the newest first."""
    return await listed(context, page, of_entity(entity_type, entity_id, event_type))


def of_entity(entity_type: str, entity_id: str, event_type: str | None = None) -> Select[Event]:
    """Events of an entity."""
    found = select(Event).where(Event.entity_type == entity_type, Event.entity_id == entity_id)
    return found.where(Event.event_type == event_type) if event_type else found


async def listed(context: ServiceContext, page: PageRequest, statement: Select[Event]) -> Page[EventView]:
    """A part of some events, the newest first."""
    found = await page.of(context, statement, Event.event_id, newest_first=True)
    return Page[EventView](items=[EventView.model_validate(event) for event in found.items], next_cursor=found.next_cursor)


class Denials(deque[float]):
    """When the latest denials were written, so that nobody fills the table with them."""

    def __init__(self) -> None:
        super().__init__(maxlen=DENIALS)


async def record_denial(context: ServiceContext, about: Mapping[str, str]) -> None:
    """Keep that somebody was denied something; it never fails, and is bounded."""
    log.info("denied: %s", dict(about))
    written_at, at = context.runtime.own(Denials), time.monotonic()
    if context._database is None or (len(written_at) == DENIALS and at - written_at[0] < 60):
        return
    written_at.append(at)
    try:
        await record(context, "permission.denied", "user", str(context.user.id), payload=about, alone=True)
    except (SQLAlchemyError, OSError):
        log.exception("a denial could not be kept")
