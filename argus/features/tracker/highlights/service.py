"""Highlights and action items of a view's widget (docs/contract/views.md#highlights-and-action-items).

Rows are known by the millisecond of their creation; two of one millisecond are put one behind the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from argus.domain import notify
from argus.domain.mentions import mentioned
from argus.domain.moments import MILLISECOND, keep_new
from argus.domain.written import escaped
from argus.features.tracker.highlights.records import (
    HighlightArchive,
    HighlightCreate,
    HighlightGroupCreate,
    HighlightSetAssignee,
    HighlightSetCompleted,
    HighlightUpdate,
)
from argus.kit.clock import EPOCH, now
from argus.kit.errors import APIException, Forbidden, NotFound
from argus.kit.parse import int_of, record, uuid_of
from argus.models.enums import ArgusNotificationSourceTypes as Source
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.models.widget import WidgetHighlights
from argus.runtime import Runtime
from argus.storage.statements import Update, select, update

DEFAULT_GROUP = "General"


class Shown(TypedDict):
    """A highlight or an action item, as clients see it; times are seconds since 1970."""

    view_id: UUID
    index: int
    created_at: float | None
    archived_at: float | None
    creator_id: UUID | None
    content: str | None
    comments_count: int
    group: str | None
    assignee_id: NotRequired[UUID | None]  # of action items only
    completed: NotRequired[bool]


class Listed(TypedDict):
    highlights: list[Shown]
    action_items: list[Shown]


def epoch(moment: datetime | None) -> float | None:
    """Seconds since 1970, as this API tells times."""
    return moment.replace(tzinfo=UTC).timestamp() if moment else None


def shown(row: WidgetHighlights) -> Shown:
    """A row as clients see it."""
    found: Shown = {
        "view_id": row.view_id,
        "index": row.index,
        "created_at": epoch(row.created_at),
        "archived_at": epoch(row.archived_at or EPOCH),
        "creator_id": row.creator_id,
        "content": row.content,
        "comments_count": row.comments_count or 0,
        "group": None if row.completed is None else row.group or DEFAULT_GROUP,
    }
    if row.completed is None:
        return found
    return {**found, "assignee_id": row.assignee_id, "completed": row.completed}


def what_is(row: WidgetHighlights) -> str:
    return "highlight" if row.completed is None else "action item"


async def tell_mentioned(runtime: Runtime, author: User, view: ArgusUserView, row: WidgetHighlights, text: str, what: str) -> None:
    """Notify the users whom a text names."""
    source = Source.VIEW_HIGHLIGHT if row.completed is None else Source.VIEW_ACTION_ITEM
    receivers = await mentioned(runtime.store, text, author.id)
    if receivers:
        await notify.highlight_mention(runtime, author, receivers, view, source, what, text)


async def create(runtime: Runtime, user: User, body: Mapping[str, Any]) -> Shown:
    """A new highlight, or a task that is open and nobody's. Users whom it names are notified.

    Raises:
        TypeError, ValueError: a body that is not a `HighlightCreate`.
        DocumentNotFound: no such view; nothing is stored then.
    """
    wanted = record(HighlightCreate, body)
    view = await runtime.store.get(ArgusUserView, id=wanted.view)
    row = WidgetHighlights(
        view_id=wanted.view,
        index=wanted.position,
        creator_id=user.id,
        content=escaped(wanted.content),
        group=(escaped(wanted.group or "").strip() or DEFAULT_GROUP) if wanted.is_task else None,
        completed=False if wanted.is_task else None,
    )
    row = await keep_new(runtime.store, row)
    await tell_mentioned(runtime, user, view, row, row.content or "", what_is(row))
    return shown(row)


async def create_group(runtime: Runtime, user: User, body: Mapping[str, Any]) -> list[Shown]:
    """Open tasks of one group, all the caller's.

    Raises:
        TypeError, ValueError: a body that is not a `HighlightGroupCreate`.
        APIException: the group has no name.
    """
    wanted = record(HighlightGroupCreate, body)
    if not wanted.items:
        return []
    name = escaped(wanted.name).strip()
    if not name:
        raise APIException("Group name is required")
    texts = [escaped(item).strip() for item in wanted.items]
    made: list[WidgetHighlights] = []
    begin = now()
    for item in filter(None, texts):
        row = WidgetHighlights(
            view_id=wanted.view,
            index=wanted.position,
            created_at=begin + len(made) * MILLISECOND,
            creator_id=user.id,
            assignee_id=user.id,
            content=item,
            group=name,
            completed=False,
        )
        made.append(await keep_new(runtime.store, row))
    return [shown(row) for row in made]


async def list_all(runtime: Runtime, view_id: str | None, index: str | None) -> Listed:
    """Everything of a widget, newest first, archived ones included.

    Raises:
        TypeError, ValueError: a missing or malformed parameter.
    """
    found = await runtime.store.all(select(WidgetHighlights).where(view_id=uuid_of(view_id), index=int_of(index)))
    return {
        "highlights": [shown(row) for row in found if row.completed is None],
        "action_items": [shown(row) for row in found if row.completed is not None],
    }


async def archive(runtime: Runtime, user: User, body: Mapping[str, Any]) -> None:
    """Put a highlight away; one that is not there is no error.

    Raises:
        TypeError, ValueError: a body that is not a `HighlightArchive`.
    """
    await runtime.store.write(_edit(record(HighlightArchive, body)).set(archived_at=now()).if_exists())


async def unarchive(runtime: Runtime, user: User, body: Mapping[str, Any]) -> None:
    """Take a highlight out again; as `archive`."""
    await runtime.store.write(_edit(record(HighlightArchive, body)).set(archived_at=EPOCH).if_exists())


async def change(runtime: Runtime, user: User, body: Mapping[str, Any]) -> Shown:
    """A new text for one's own highlight. Users whom it names are notified.

    Raises:
        TypeError, ValueError: a body that is not a `HighlightUpdate`.
        NotFound, Forbidden: no such highlight, or somebody else's.
    """
    wanted = record(HighlightUpdate, body)
    row = await find(runtime, wanted.view, wanted.position, wanted.at)
    if row is None:
        raise NotFound("Highlight not found")
    if row.creator_id != user.id:
        raise Forbidden("Not authorized to update highlight")
    view = await runtime.store.get(ArgusUserView, id=wanted.view)
    row = row.changed(content=escaped(wanted.content))
    await runtime.store.write(_edit(wanted).set(content=row.content).if_exists())
    await tell_mentioned(runtime, user, view, row, row.content or "", what_is(row))
    return shown(row)


async def set_assignee(runtime: Runtime, user: User, body: Mapping[str, Any]) -> Shown:
    """Assign a task to a user, who is notified, or to nobody.

    Raises:
        TypeError, ValueError: a body that is not a `HighlightSetAssignee`.
        NotFound: no such task.
        NotificationManagerException: no such user.
    """
    wanted = record(HighlightSetAssignee, body)
    assignee = uuid_of(wanted.assignee_id) if wanted.assignee_id else None
    row = await _task(runtime, wanted)
    if assignee is None:
        await runtime.store.write(_edit(wanted).set(assignee_id=None).if_exists())
    else:
        await notify.known_user(runtime, assignee)  # whoever hears that it failed finds nothing changed
        view = await runtime.store.get(ArgusUserView, id=wanted.view)
        await runtime.store.write(_edit(wanted).set(assignee_id=assignee).if_exists())
        await notify.action_item_assigned(runtime, user, assignee, view, row.content or "")
    return shown(row.changed(assignee_id=assignee))


async def set_completed(runtime: Runtime, user: User, body: Mapping[str, Any]) -> Shown:
    """Tick a task off, or open it again.

    Raises:
        TypeError, ValueError: a body that is not a `HighlightSetCompleted`.
        NotFound: no such task.
    """
    wanted = record(HighlightSetCompleted, body)
    row = await _task(runtime, wanted)
    await runtime.store.write(_edit(wanted).set(completed=wanted.completed).if_exists())
    return shown(row.changed(completed=wanted.completed))


async def find(runtime: Runtime, view_id: UUID, index: int, created_at: datetime) -> WidgetHighlights | None:
    """A highlight by its key."""
    return await runtime.store.find(WidgetHighlights, view_id=view_id, index=index, created_at=created_at)


async def _task(runtime: Runtime, wanted: HighlightSetAssignee | HighlightSetCompleted) -> WidgetHighlights:
    row = await find(runtime, wanted.view, wanted.position, wanted.at)
    if row is None or row.completed is None:
        raise NotFound("ActionItem not found")
    return row


def _edit(wanted: Any) -> Update:
    return update(WidgetHighlights, view_id=wanted.view, index=wanted.position, created_at=wanted.at)
