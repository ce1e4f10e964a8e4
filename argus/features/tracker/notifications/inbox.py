"""The inbox as its page shows it: each entry with the run or view that it is about, and all of them read at once.

Contract: docs/triage.md#notifications.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict
from urllib.parse import quote
from uuid import UUID

from argus.domain.runs import find_run
from argus.domain.written import excerpt
from argus.features.tracker.notifications.choosing import EVERYTHING, Choice, wanted
from argus.features.tracker.notifications.later import due_times
from argus.features.tracker.notifications.service import Headline, headline
from argus.kit.parse import number_between, uuid_of
from argus.models.comment import ArgusTestRunComment
from argus.models.enums import ArgusNotificationSourceTypes as Source
from argus.models.enums import ArgusNotificationState
from argus.models.notification import ArgusNotification
from argus.models.run import RunBase, RunLocation
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.statements import batch, le, select, update

PAGE = 50  # entries, unless the caller wants another number
MOST = 100
AT_ONCE = 1_000  # entries that one request marks as read
TOGETHER = 100  # rows of one write
EXCERPT = 200  # characters of a comment that its entry shows
VIEWS = (Source.VIEW_HIGHLIGHT.value, Source.VIEW_ACTION_ITEM.value)


class AboutRun(TypedDict):
    """The run that an entry is about."""

    id: UUID
    plugin: str
    test_id: UUID | None
    name: str
    build_number: int | None
    status: str | None


class Entry(Headline):
    type: str | None
    content: str | None
    text: str | None
    later: datetime | None
    run: AboutRun | None
    href: str | None


class InboxPage(TypedDict):
    entries: list[Entry]
    next: UUID | None


async def page_of(runtime: Runtime, user: User, limit: str | None, before: str | None, choice: Choice = EVERYTHING) -> InboxPage:
    """The newest entries, each with what it is about.

    Args:
        limit: 1 to 100; 50 when not given.
        before: `next` of the page before.
        choice: a page looks at 1,000 entries for those that are wanted, so it may hold few, or none, and still have a next page.

    Returns:
        `{"entries", "next"}`; `next` is None on the last page. An entry has the `run` that it is about, or None when it is about none or
        the run is gone, the `href` where to look, or None when that is gone, and of a comment the beginning of its `text`.

    Raises:
        ValueError: a malformed id.
        DataValidationError: `limit` is beyond its bounds.
    """
    size = number_between(1, MOST, limit, PAGE, "limit")
    off = await due_times(runtime, user)
    shown, following = await wanted(runtime, user, size, uuid_of(before) if before else None, choice, off)
    comments = await _comments(runtime, [row.source_id for row in shown if row.source_type == Source.COMMENT and row.source_id])
    about = {row.id: _about(row, comments) for row in shown if row.source_id}
    runs = await _runs(runtime, {about[row.id] for row in shown if row.id in about and row.source_type not in VIEWS})
    views = await _views(runtime, {row.source_id for row in shown if row.source_type in VIEWS and row.source_id})
    return {
        "entries": [_entry(row, runs.get(about.get(row.id)), views, comments, off.get(row.id)) for row in shown],
        "next": following,
    }


Comments = Mapping[UUID | None, ArgusTestRunComment]


async def _comments(runtime: Runtime, ids: Sequence[UUID]) -> Comments:
    columns = ("id", "posted_at", "test_run_id", "message")
    found = await runtime.store.all_in(select(ArgusTestRunComment, *columns), "id", ids) if ids else []
    return {comment.id: comment for comment in found}


def _about(row: ArgusNotification, comments: Comments) -> UUID | None:
    """The run, or the view, that an entry is about."""
    if row.source_type != Source.COMMENT:
        return row.source_id
    comment = comments.get(row.source_id)
    return comment.test_run_id if comment else None


async def _runs(runtime: Runtime, run_ids: Iterable[UUID | None]) -> dict[UUID | None, AboutRun]:
    wanted = [run_id for run_id in run_ids if run_id]
    located = await runtime.store.all_in(select(RunLocation), "id", wanted) if wanted else []
    types = {place.id: place.run_type for place in located if place.run_type and runtime.plugins.get(place.run_type) is not None}
    columns = ("status", "build_number", "test_id")
    runs = await asyncio.gather(*(find_run(runtime, run_type, run_id, *columns) for run_id, run_type in types.items()))
    return {run.id: _run(types[run.id], run) for run in runs if run is not None}


def _run(plugin: str, run: RunBase) -> AboutRun:
    name = run.build_id.rstrip("/").rpartition("/")[2]
    return {"id": run.id, "plugin": plugin, "test_id": run.test_id, "name": name, "build_number": run.build_number, "status": run.status}


async def _views(runtime: Runtime, view_ids: Iterable[UUID]) -> dict[UUID | None, str]:
    views = await asyncio.gather(*(runtime.store.find(ArgusUserView, "id", "name", id=view_id) for view_id in view_ids))
    return {view.id: f"/view/{quote(view.name or '', safe='')}" for view in views if view is not None}


def _entry(
    row: ArgusNotification, run: AboutRun | None, views: Mapping[UUID | None, str], comments: Comments, later: datetime | None
) -> Entry:
    about = comments.get(row.source_id) if row.source_type == Source.COMMENT else None
    text = excerpt(about.message, EXCERPT) if about and about.message else None
    href = views.get(row.source_id) if row.source_type in VIEWS else None
    if run is not None:
        comment = row.source_type == Source.COMMENT
        href = f"/tests/{run['plugin']}/{run['id']}" + (f"/discuss#comment-{row.source_id}" if comment else "")
    return {**headline(row), "type": row.type, "content": row.content, "text": text, "run": run, "href": href, "later": later}


async def read_all(runtime: Runtime, user: User, until: str) -> int:
    """Mark an entry and those before it as read, but for those that are put off, up to 1,000 unread ones; returns how many.

    Sent again it does the rest.

    Raises:
        ValueError: a malformed id.
    """
    unread = ArgusNotificationState.UNREAD.value
    # bounded by the receiver's own partition: the state is no key
    mine = select(ArgusNotification, "receiver", "id").where(le("id", uuid_of(until)), receiver=user.id, state=unread).allow_filtering()
    off = await due_times(runtime, user)
    rows = [row for row in await runtime.store.all(mine.limit(AT_ONCE + len(off))) if row.id not in off][:AT_ONCE]
    writes = [update(ArgusNotification, **row.primary_key_values()).set(state=ArgusNotificationState.READ.value) for row in rows]
    for start in range(0, len(writes), TOGETHER):
        await runtime.store.write(batch(*writes[start : start + TOGETHER]))
    return len(rows)
