"""A user's inbox (docs/contract/testrun.md#notifications). Everybody sees only what was sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from argus.kit.errors import foreseen
from argus.kit.parse import need, rows_of, uuid_of
from argus.models.enums import ArgusNotificationState
from argus.models.notification import ArgusNotification
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import Aggregate, le, select, update

HEADLINE = ("receiver", "sender", "id", "title", "state")
PAGE = 20  # entries, unless the caller wants another number
LARGEST_PAGE = 1000
GREGORIAN = 0x01B21DD213814000  # units of 100 ns from the beginning of UUID time to that of Unix


class Headline(TypedDict):
    """An entry of a list, without what it says."""

    receiver: UUID
    sender: UUID | None
    id: UUID
    title: str | None
    state: int | None
    created: float  # Unix milliseconds


class Opened(Headline):
    """A notification with what it says, and where it comes from."""

    type: str | None
    content: str | None
    source: str | None
    source_id: UUID | None


async def summary(runtime: Runtime, user: User, after_id: str | None, limit: str | None) -> list[Headline]:
    """The newest notifications.

    Args:
        after_id: the list begins with this one; empty: with the newest.
        limit: how many, as text.

    Raises:
        ValueError: malformed number or id.
    """
    rows = PAGE if limit is None else rows_of(limit, LARGEST_PAGE)
    newest = select(ArgusNotification, *HEADLINE).where(receiver=user.id).limit(rows)
    if after_id:
        newest = newest.where(le("id", uuid_of(after_id)))
    return [headline(row) for row in await runtime.store.all(newest)]


async def unread(runtime: Runtime, user_id: UUID) -> int:
    """How many are unread. Reads the receiver's partition: the state is no key."""
    state = ArgusNotificationState.UNREAD.value
    mine = select(ArgusNotification).where(receiver=user_id, state=state).allow_filtering()
    count = Aggregate("count")
    return int((await runtime.store.aggregate(mine.aggregate(count)))[count.label])


async def get(runtime: Runtime, user: User, notification_id: str | None) -> Opened:
    """One notification; it stays unread.

    Raises:
        Exception: none is named.
        ValueError, DocumentNotFound: there is no such one of the caller's.
    """
    if not notification_id:
        raise foreseen(Exception("No notification id provided"))
    row = await runtime.store.get(ArgusNotification, receiver=user.id, id=uuid_of(notification_id))
    return {**headline(row), "type": row.type, "content": row.content, "source": row.source_type, "source_id": row.source_id}


async def read(runtime: Runtime, user: User, body: Mapping[str, Any]) -> bool:
    """Mark a notification as read.

    Raises:
        KeyError: `id` is missing.
        ValueError, DocumentNotFound: there is no such one of the caller's.
    """
    row = await runtime.store.get(ArgusNotification, "receiver", "id", receiver=user.id, id=uuid_of(need(body, "id")))
    await runtime.store.write(update(ArgusNotification, **row.primary_key_values()).set(state=ArgusNotificationState.READ.value))
    return True


def headline(row: ArgusNotification) -> Headline:
    """What is read of a row for a list (`HEADLINE`)."""
    return {
        "receiver": row.receiver,
        "sender": row.sender,
        "id": row.id,
        "title": row.title,
        "state": row.state,
        "created": _created(row.id),
    }


def _created(notification_id: UUID) -> float:
    """Unix milliseconds, from the id: they are stored nowhere else."""
    return (notification_id.time - GREGORIAN) / 10_000
