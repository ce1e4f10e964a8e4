"""The comments of a highlight (docs/contract/views.md#highlights-and-action-items)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from argus.domain.moments import keep_new
from argus.features.tracker.highlights.records import CommentCreate, CommentDelete, CommentUpdate
from argus.features.tracker.highlights.service import epoch, find, tell_mentioned, what_is
from argus.kit.errors import Forbidden, NotFound
from argus.kit.parse import epoch_of, int_of, record, uuid_of
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.models.widget import WidgetComment, WidgetHighlights
from argus.runtime import Runtime
from argus.storage.errors import OperationTimedOut
from argus.storage.statements import Aggregate, Delete, Update, delete, select, update

MOST = 127  # what the counter's column can hold
TRIES = 50


class Shown(TypedDict):
    """A comment, as clients see it; times are seconds since 1970."""

    view_id: UUID
    index: int
    highlight_created_at: float | None
    created_at: float | None
    creator_id: UUID | None
    content: str | None


def shown(row: WidgetComment) -> Shown:
    """A row as clients see it."""
    return {
        "view_id": row.view_id,
        "index": row.index,
        "highlight_created_at": epoch(row.highlight_at),
        "created_at": epoch(row.created_at),
        "creator_id": row.creator_id,
        "content": row.content,
    }


async def list_all(runtime: Runtime, view_id: str | None, index: str | None, created_at: str | None) -> list[Shown]:
    """The comments of a highlight, oldest first.

    Raises:
        TypeError, ValueError: a missing or malformed parameter.
    """
    key = {"view_id": uuid_of(view_id), "index": int_of(index), "highlight_at": epoch_of(created_at)}
    return [shown(row) for row in await runtime.store.all(select(WidgetComment).where(**key))]


async def create(runtime: Runtime, user: User, body: Mapping[str, Any]) -> Shown:
    """Comment a highlight. Users whom the comment names are notified.

    Raises:
        TypeError, ValueError: a body that is not a `CommentCreate`.
        NotFound: no such highlight.
    """
    wanted = record(CommentCreate, body)
    highlight = await find(runtime, wanted.view, wanted.position, wanted.highlight)
    if highlight is None:
        raise NotFound("Highlight not found")
    view = await runtime.store.get(ArgusUserView, id=wanted.view)
    row = WidgetComment(
        view_id=wanted.view, index=wanted.position, highlight_at=highlight.created_at, creator_id=user.id, content=wanted.content
    )
    row = await keep_new(runtime.store, row)
    await _recount(runtime, highlight)
    await tell_mentioned(runtime, user, view, highlight, wanted.content, f"{what_is(highlight)} comment")
    return shown(row)


async def change(runtime: Runtime, user: User, body: Mapping[str, Any]) -> Shown:
    """A new text for one's own comment. Users whom it names are notified.

    Raises:
        TypeError, ValueError: a body that is not a `CommentUpdate`.
        NotFound, Forbidden: no such comment, or somebody else's.
    """
    wanted = record(CommentUpdate, body)
    row = await _own(runtime, user, wanted, "update")
    view = await runtime.store.get(ArgusUserView, id=wanted.view)
    await _write(runtime, update(WidgetComment, **row.primary_key_values()).set(content=wanted.content).if_exists())
    highlight = await find(runtime, wanted.view, wanted.position, wanted.highlight)
    if highlight is not None:
        await tell_mentioned(runtime, user, view, highlight, wanted.content, f"{what_is(highlight)} comment")
    return shown(row.changed(content=wanted.content))


async def remove(runtime: Runtime, user: User, body: Mapping[str, Any]) -> None:
    """Delete one's own comment.

    Raises:
        TypeError, ValueError: a body that is not a `CommentDelete`.
        NotFound, Forbidden: no such comment, or somebody else's; or its highlight is gone (the comment is deleted then).
    """
    wanted = record(CommentDelete, body)
    row = await _own(runtime, user, wanted, "delete")
    await _write(runtime, delete(WidgetComment).where(**row.primary_key_values()).if_exists())
    highlight = await find(runtime, wanted.view, wanted.position, wanted.highlight)
    if highlight is None:
        raise NotFound("Highlight not found")
    await _recount(runtime, highlight)


async def _own(runtime: Runtime, user: User, wanted: CommentUpdate | CommentDelete, what: str) -> WidgetComment:
    key = {"view_id": wanted.view, "index": wanted.position, "highlight_at": wanted.highlight, "created_at": wanted.at}
    row = await runtime.store.find(WidgetComment, **key)
    if row is None:
        raise NotFound("Comment not found")
    if row.creator_id != user.id:
        raise Forbidden(f"Not authorized to {what} comment")
    return row


async def _write(runtime: Runtime, statement: Update | Delete) -> None:
    """Change a comment that was just read, unless somebody deleted it meanwhile."""
    if not (await runtime.store.write(statement)).applied:
        raise NotFound("Comment not found")


async def _recount(runtime: Runtime, highlight: WidgetHighlights) -> None:
    """Bring the counter in line with the comments that are there, whoever else counts at the same time."""
    key = highlight.primary_key_values()
    comments = select(WidgetComment).where(view_id=highlight.view_id, index=highlight.index, highlight_at=highlight.created_at)
    for _ in range(TRIES):
        before = await runtime.store.find(WidgetHighlights, "comments_count", **key)
        if before is None:
            return
        there = (await runtime.store.aggregate(comments.aggregate(Aggregate("count"))))["count"]
        change = update(WidgetHighlights, **key).set(comments_count=min(there, MOST))
        if (await runtime.store.write(change.only_if(comments_count=before.comments_count))).applied:
            return
    raise OperationTimedOut("the comments of this highlight change too fast to be counted")
