"""The queue: what waits for a worker is a row of the transaction in which its entity is written (docs/platform.md#queue).

Nothing is put that was not committed, and nothing that was committed is forgotten: whoever works looks at the rows. States: `queued`,
`leased`, `done`, `failed`, `cancelled`; the last three are final. Every change is conditional on what the row is.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from prometheus_client import Counter
from sqlalchemy import CursorResult, Select, and_, or_, select, update
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.session import after_commit, apart
from argus.platform.kinds import kind_named
from argus.platform.tables import WorkItem

log = logging.getLogger("argus.queue")

LEASE = timedelta(seconds=30)
BACK_OFF = (5.0, 30.0, 180.0)  # seconds before the second, third and later attempts
JITTER = 0.2
SENT_AGAIN = 60.0  # seconds until Celery's broker is told once more of an item that still waits
BY_HAND = 3  # attempts of an item that somebody puts back
FINAL = ("done", "failed", "cancelled")
Outcome = Literal["failed", "cancelled"]

RETRIES = Counter("argus_job_retries_total", "Attempts that are made again", ["kind"])

Waker = Callable[[str, str], None]
"""Told of each item that is put, by id and queue, once it is committed."""

_wakers: list[Waker] = []


def on_put(wake: Waker) -> Callable[[], None]:
    """Be told of items that this process puts.

    Returns:
        What ends it.
    """
    _wakers.append(wake)
    return lambda: _wakers.remove(wake)


async def put(
    session: AsyncSession,
    kind: str,
    payload: Mapping[str, Any],
    *,
    request_id: str | None = None,
    not_before: datetime | None = None,
    max_attempts: int | None = None,
) -> WorkItem:
    """Put an item into the queue, as part of the transaction.

    Args:
        payload: what its handler needs, as JSON; ids rather than contents.
        not_before: when it may be begun; now, if it is not said.

    Raises:
        LookupError: nobody handles that kind.
    """
    handled = kind_named(kind)
    item = WorkItem(
        queue=handled.queue,
        kind=kind,
        payload=dict(payload),
        max_attempts=max_attempts or handled.max_attempts,
        request_id=request_id,
        not_before=not_before or moment(),
    )
    session.add(item)
    await session.flush()
    wake_after_commit(session, item.id, item.queue)
    return item


def wake_after_commit(session: AsyncSession, item_id: str, queue: str) -> None:
    """Tell those who work in this process, once the transaction is committed."""
    after_commit(session, lambda: [wake(item_id, queue) for wake in list(_wakers)])


async def claim(session: AsyncSession, owner: str, queues: Collection[str]) -> WorkItem | None:
    """Take the item that waits longest; None where nothing is due. One conditional update: no two owners get one item."""
    now = moment()
    due = (
        select(WorkItem.id)
        .where(WorkItem.queue.in_(queues), WorkItem.state == "queued", WorkItem.not_before <= now)
        .order_by(WorkItem.not_before, WorkItem.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await _lease(session, WorkItem.id == due.scalar_subquery(), owner, now)


async def claim_one(session: AsyncSession, owner: str, item_id: str) -> WorkItem | None:
    """Take one item; None where it is not due, or somebody has it."""
    now = moment()
    return await _lease(session, and_(WorkItem.id == item_id, WorkItem.not_before <= now), owner, now)


async def _lease(session: AsyncSession, which: Any, owner: str, now: datetime) -> WorkItem | None:
    taken = (
        update(WorkItem)
        .where(which, WorkItem.state == "queued")
        .values(
            state="leased",
            attempts=WorkItem.attempts + 1,
            lease_owner=owner,
            lease_until=now + LEASE,
            started_at=now,
        )
        .returning(WorkItem)
    )
    return (await session.execute(taken)).scalar_one_or_none()


async def changed(session: AsyncSession, item_id: str, attempt: int, **values: Any) -> bool:
    """Change an item that this attempt holds; False when another attempt has begun, or somebody has ended it."""
    statement = (
        update(WorkItem)
        .where(WorkItem.id == item_id, WorkItem.attempts == attempt, WorkItem.state == "leased")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment]
    return result.rowcount == 1


async def renew(session: AsyncSession, item_id: str, attempt: int) -> bool:
    """Hold an item for another `LEASE`; False when it is lost."""
    return await changed(session, item_id, attempt, lease_until=moment() + LEASE)


async def done(session: AsyncSession, item_id: str, attempt: int) -> bool:
    """The work is done; False when another attempt has begun."""
    return await changed(session, item_id, attempt, state="done", lease_owner=None, lease_until=None, finished_at=moment(), error=None)


async def again(session: AsyncSession, item: WorkItem, error: Mapping[str, Any]) -> bool:
    """Try again later: after 5, 30 and 180 seconds, give or take a fifth."""
    seconds = BACK_OFF[min(item.attempts, len(BACK_OFF)) - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    RETRIES.labels(item.kind).inc()
    kept = await changed(session, item.id, item.attempts, **_waiting(moment() + timedelta(seconds=seconds)), error=dict(error))
    if kept:
        wake_after_commit(session, item.id, item.queue)
    return kept


async def give_back(session: AsyncSession, item: WorkItem) -> bool:
    """Let another process go on at once. It does not count as an attempt: one more is allowed."""
    return await changed(session, item.id, item.attempts, **_waiting(moment()), max_attempts=WorkItem.max_attempts + 1)


def _waiting(not_before: datetime) -> dict[str, Any]:
    return {"state": "queued", "lease_owner": None, "lease_until": None, "sent_at": None, "not_before": not_before}


async def end(session: AsyncSession, item: WorkItem, outcome: Outcome, error: Mapping[str, Any] | None) -> bool:
    """Make a leased item final, together with what it is about (the kind's `ended`); False when another attempt has begun.

    An `ended` that fails is logged: the item is final all the same, or it would be tried for ever and the sweep with it.
    """
    values = {"state": outcome, "lease_owner": None, "lease_until": None, "finished_at": moment()}
    if not await changed(session, item.id, item.attempts, **values, error=dict(error) if error else None):
        return False
    await _tell(session, item, outcome, error)
    return True


async def _tell(session: AsyncSession, item: WorkItem, outcome: Outcome, error: Mapping[str, Any] | None) -> None:
    ended, name = kind_named(item.kind).ended, f"{item.id} of {item.kind}"
    if ended is None:
        return
    try:
        async with apart(session):
            await ended(session, item, outcome, dict(error) if error else None)
    except Exception as problem:
        if isinstance(problem, SQLAlchemyError | OSError) and not isinstance(problem, IntegrityError | DataError):
            raise  # a failure of the database, which passes
        log.exception("item %s has ended, and what it is about could not be told", name)


async def cancel(session: AsyncSession, item_id: str) -> Literal["cancelled", "requested", "finished", "unknown"]:
    """Ask that an item is not done: one that waits is `cancelled` at once, of one that runs it is `requested`."""
    waiting = (
        update(WorkItem)
        .where(WorkItem.id == item_id, WorkItem.state == "queued")
        .values(state="cancelled", cancel_requested=True, finished_at=moment())
        .returning(WorkItem)
    )
    if (item := (await session.execute(waiting)).scalar_one_or_none()) is not None:
        await _tell(session, item, "cancelled", None)
        return "cancelled"
    running = update(WorkItem).where(WorkItem.id == item_id, WorkItem.state == "leased").values(cancel_requested=True).returning(WorkItem)
    if (item := (await session.execute(running)).scalar_one_or_none()) is not None:
        wake_after_commit(session, item.id, item.queue)
        return "requested"
    return "finished" if await session.get(WorkItem, item_id) is not None else "unknown"


async def requeue(session: AsyncSession, item_id: str) -> bool:
    """Let a failed or cancelled item be tried again from the beginning; False where it is neither."""
    statement = (
        update(WorkItem)
        .where(WorkItem.id == item_id, WorkItem.state.in_(("failed", "cancelled")))
        .values(
            **_waiting(moment()),
            cancel_requested=False,
            finished_at=None,
            max_attempts=WorkItem.attempts + BY_HAND,
        )
        .returning(WorkItem)
    )
    item = (await session.execute(statement)).scalar_one_or_none()
    if item is None:
        return False
    wake_after_commit(session, item.id, item.queue)
    return True


async def sweep(session: AsyncSession) -> int:
    """Take items from those who no longer renew their lease: they wait again, or fail when their attempts are used up.

    Returns:
        How many there were.
    """
    lost = (await session.scalars(_lost(moment()))).all()
    for item in lost:
        if item.cancel_requested:
            await end(session, item, "cancelled", None)
        elif item.attempts >= item.max_attempts:
            await end(session, item, "failed", {"code": "worker_lost", "message": "the process that worked on it is gone"})
        elif await changed(session, item.id, item.attempts, **_waiting(moment())):
            log.warning("item %s of %s waits again: the process that worked on it is gone", item.id, item.kind)
            wake_after_commit(session, item.id, item.queue)
    return len(lost)


def _lost(now: datetime) -> Select[WorkItem]:
    return (
        select(WorkItem)
        .where(WorkItem.state == "leased", WorkItem.lease_until < now)
        .order_by(WorkItem.lease_until)
        .limit(100)
        .with_for_update(skip_locked=True)
    )


def _unsent(now: datetime, seconds: float = SENT_AGAIN) -> Any:
    """Items that wait although they are due, and of which Celery's broker was not told for a while."""
    long_ago = or_(WorkItem.sent_at.is_(None), WorkItem.sent_at < now - timedelta(seconds=seconds))
    return and_(WorkItem.state == "queued", WorkItem.not_before <= now, long_ago)


async def any_to_send(session: AsyncSession) -> bool:
    """Whether there is an item of which the broker should be told."""
    return await session.scalar(select(WorkItem.id).where(_unsent(moment())).limit(1)) is not None


async def to_send(session: AsyncSession) -> list[tuple[str, str]]:
    """Items of which the broker should be told: ids and queues. They are the caller's to tell of; nobody else does for a minute."""
    now = moment()
    waiting = select(WorkItem.id).where(_unsent(now)).order_by(WorkItem.id).limit(1000).with_for_update(skip_locked=True)
    mine = update(WorkItem).where(WorkItem.id.in_(waiting), _unsent(now)).values(sent_at=now).returning(WorkItem.id, WorkItem.queue)
    return [(row.id, row.queue) for row in await session.execute(mine.execution_options(synchronize_session=False))]


async def not_sent(session: AsyncSession, item_ids: Collection[str]) -> None:
    """The broker did not take the news: it is told again at the next look."""
    await session.execute(update(WorkItem).where(WorkItem.id.in_(item_ids)).values(sent_at=None))
