"""What is kept of jobs: their state, people's wishes, and their turns. Times are naive UTC, as everywhere in the store."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from argus.kit.clock import now
from argus.models.job import JobState, JobTurn
from argus.storage.statements import insert, select, update
from argus.storage.store import Store

SCOPE = "all"
KEPT_SECONDS = 30 * 24 * 3600  # turns of a job
MOST_TURNS = 200  # that are told at once
LONGEST_TEXT = 2_000  # characters of a result or an error

DONE, FAILED, STOPPED = "done", "failed", "stopped"


async def states(store: Store) -> dict[str, JobState]:
    """Every job that has a state, by name: one read."""
    return {row.job: row for row in await store.all(select(JobState).where(scope=SCOPE))}


async def ask(store: Store, job: str, who: str) -> datetime:
    """Wish for a turn now, due or not, paused or not.

    Returns:
        When it was wished for: a turn that starts later answers it.
    """
    asked = now()
    await store.write(update(JobState, scope=SCOPE, job=job).set(asked_at=asked, asked_by=who))
    return asked


async def pause(store: Store, job: str, who: str) -> None:
    """Have no turns of a job but those that are asked for."""
    await store.write(update(JobState, scope=SCOPE, job=job).set(paused=True, paused_by=who))


async def resume(store: Store, job: str) -> None:
    """Have a job's turns again."""
    await store.write(update(JobState, scope=SCOPE, job=job).set(paused=False, paused_by=None))


async def begin(store: Store, job: str, slot: datetime, holder: str) -> datetime:
    """Note that a turn starts, before it does anything: whoever follows a holder that died knows that it did not end."""
    started = now()
    state = update(JobState, scope=SCOPE, job=job)
    await store.write(state.set(slot=slot, holder=holder, started_at=started, ended_at=None, outcome=None))
    return started


async def skip_to(store: Store, job: str, slot: datetime) -> None:
    """Count a job's slots from here."""
    await store.write(update(JobState, scope=SCOPE, job=job).set(slot=slot))


async def end(store: Store, turn: JobTurn) -> None:
    """Note what a turn came to; one that had nothing to do leaves no entry in the history."""
    told = {name: getattr(turn, name) for name in ("ended_at", "outcome", "result", "error")}
    await store.write(update(JobState, scope=SCOPE, job=turn.job).set(**told))
    if turn.outcome != DONE or turn.result:
        await store.write(insert(turn, ttl=KEPT_SECONDS))


def turn_of(job: str, slot: datetime, holder: str, started: datetime, outcome: str, result: str | None, error: str | None) -> JobTurn:
    """A turn that ends now."""
    texts = {"result": _short(result), "error": _short(error)}
    return JobTurn(job=job, started_at=started, id=uuid4(), slot=slot, holder=holder, ended_at=now(), outcome=outcome, **texts)


async def history(store: Store, job: str, limit: int = 50) -> list[JobTurn]:
    """The last turns of a job that did something or failed, the newest first."""
    return await store.all(select(JobTurn).where(job=job).limit(max(1, min(limit, MOST_TURNS))))


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
