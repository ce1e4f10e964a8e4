"""Notifications that are put off: out of the list and the bell's number until they are due again (docs/triage.md#notifications)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argus.features.tracker.notifications import service
from argus.kit.clock import now
from argus.kit.errors import DataValidationError
from argus.kit.parse import iso_of, need, uuid_of
from argus.models.enums import ArgusNotificationState
from argus.models.notification import ArgusNotification, NotificationLater
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import batch, delete, insert, select

TOGETHER = 100  # notifications that one request puts off
MOST = 500  # that one person has put off
LONGEST = timedelta(days=366)


async def put_off(runtime: Runtime, user: User, body: Any) -> int:
    """Put notifications off until a time, or take that back; answers how many.

    Args:
        body: `{"ids", "until"}`; `until` is ISO 8601, in UTC where it names no zone, null to have them back at once. Ids of nobody's or
            of somebody else's are left out.

    Raises:
        KeyError, ValueError, TypeError: a malformed id or time.
        DataValidationError: no list of 1 to 100 ids, a time that is past or too far away, or too many are put off already.
    """
    ids, until = need(body, "ids"), need(body, "until")
    if not isinstance(ids, list) or not 0 < len(ids) <= TOGETHER:
        raise DataValidationError(f"ids must be a list of 1 to {TOGETHER} ids")
    known = dict.fromkeys(uuid_of(found) for found in ids)
    wanted = [found for found in known if found.version == 1]  # no notification has another
    if not wanted:
        return 0
    if until is None:
        await runtime.store.write(batch(*(delete(NotificationLater).where(receiver=user.id, id=found) for found in wanted)))
        return len(wanted)
    due = iso_of(until)
    seconds = round((due - now()).total_seconds())
    if not 0 < seconds <= LONGEST.total_seconds():
        raise DataValidationError("Notifications are put off until a time within a year from now")
    mine = await _owned(runtime, user, wanted)
    if len(mine.keys() | (await due_times(runtime, user)).keys()) > MOST:
        raise DataValidationError(f"At most {MOST} notifications can be put off")
    rows = [NotificationLater(receiver=user.id, id=found, until=due) for found in mine]
    if rows:
        await runtime.store.write(batch(*(insert(row, ttl=seconds) for row in rows)))
    return len(rows)


async def due_times(runtime: Runtime, user: User) -> dict[UUID, datetime]:
    """When each notification that somebody has put off is due again."""
    rows = await runtime.store.all(select(NotificationLater).where(receiver=user.id).limit(MOST + TOGETHER))
    at = now()
    return {row.id: row.until for row in rows if row.until is not None and row.until > at}


async def waiting(runtime: Runtime, user: User) -> int:
    """How many are unread and not put off: the bell's number."""
    unread, off = await asyncio.gather(service.unread(runtime, user.id), due_times(runtime, user))
    if not off or not unread:
        return unread
    states = await _owned(runtime, user, list(off))
    return max(0, unread - sum(state == ArgusNotificationState.UNREAD.value for state in states.values()))


async def _owned(runtime: Runtime, user: User, ids: Sequence[UUID]) -> dict[UUID, int | None]:
    """The states of those notifications of a list that are the user's."""
    mine = select(ArgusNotification, "receiver", "id", "state").where(receiver=user.id)
    return {row.id: row.state for row in await runtime.store.all_in(mine, "id", ids)}
