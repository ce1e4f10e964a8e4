"""A POST that may be sent again: with `Idempotency-Key` it has one effect, and each repetition gets the first answer
(docs/platform.md#routes)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.database import open_database
from argus.features.deduper.shell import Call, read
from argus.kit.answer import JSON, Answer
from argus.platform.idempotency import repeatable
from argus.runtime import Runtime

Keep = Callable[[AsyncSession, Answer], Awaitable[None]]
"""Keeps the answer, in the transaction that it is about."""


async def _forgotten(session: AsyncSession, answer: Answer) -> None:
    """A request without a key is not repeated."""


async def once(runtime: Runtime, call: Call, who_id: str, work: Callable[[Keep], Awaitable[Answer]]) -> Answer:
    """The answer of `work`; of a request that was answered before, that answer.

    Raises:
        Invalid: the key is none.
        Conflict: it was used for another request, or the first one is still being served.
    """
    if call.key is None:
        return await work(_forgotten)
    asked = repeatable(who_id, call.key, call.head.method, call.head.path, read(call))
    database = await open_database(runtime)
    if (kept := await asked.begin(database)) is not None:
        return Answer(kept.body, kept.status, JSON, (*((name, value) for name, value in kept.headers), ("Idempotency-Replayed", "true")))
    try:
        return await work(lambda session, answer: asked.keep(session, answer.status, answer.headers, answer.body))
    except BaseException:
        await asked.forget(database)
        raise
