"""What people are told of jobs, remotes and mails: by `argus jobs` and by the page for administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict

from argus.domain.outbox import due_at, unsent
from argus.jobs import board, standings
from argus.jobs.catalogue import Job, jobs, wanted
from argus.kit.clock import now
from argus.models.job import JobState, JobTurn, RemoteStanding
from argus.models.mail import QueuedMail
from argus.runtime import Runtime

MOST_MAILS = 100  # that are told of


class ToldJob(TypedDict):
    job: str
    does: str
    state: str  # off, paused, running, on
    schedule: str
    next: str | None
    last: str | None
    outcome: str | None
    result: str | None
    error: str | None


class ToldTurn(TypedDict):
    started: str | None
    seconds: float | None
    outcome: str | None
    result: str | None
    error: str | None
    holder: str | None


class ToldRemote(TypedDict):
    remote: str
    process: str
    state: str  # left alone, wants no request, asked
    until: str | None
    waiting: int
    last_success: str | None
    last_error_at: str | None
    last_error: str | None


class ToldMail(TypedDict):
    id: str
    to: str | None
    subject: str | None
    tries: int
    next: str | None
    error: str | None


async def jobs_of(runtime: Runtime) -> list[ToldJob]:
    """Every job: whether it is on, when it is due next, and what its last turn came to."""
    states, at = await board.states(runtime.store), now().replace(tzinfo=UTC)
    on = {job.name for job in wanted(runtime.settings)}
    return [_job(job, states.get(job.name), job.name in on, at) for job in jobs(runtime.settings)]


async def turns_of(runtime: Runtime, job: str, limit: int) -> list[ToldTurn]:
    """The last turns of a job that did something or failed, the newest first."""
    return [_turn(turn) for turn in await board.history(runtime.store, job, limit)]


async def remotes_of(runtime: Runtime) -> list[ToldRemote]:
    """How other systems do, as each process sees it."""
    return [_remote(row) for row in await standings.of_all(runtime)]


async def mails_of(runtime: Runtime) -> list[ToldMail]:
    """Mails that wait or were given up, the oldest first."""
    found: list[ToldMail] = []
    async for mail in unsent(runtime):
        found.append(mail_shown(mail))
        if len(found) == MOST_MAILS:
            break
    return found


def _job(job: Job, state: JobState | None, on: bool, at: datetime) -> ToldJob:
    running = state is not None and state.started_at is not None and state.ended_at is None
    standing = "off" if not on else "paused" if state and state.paused else "running" if running else "on"
    return {
        "job": job.name,
        "does": job.does,
        "state": standing,
        "schedule": str(job.schedule),
        "next": _time(job.schedule.next(at)) if standing in ("on", "running") else None,
        "last": _time(state.started_at) if state else None,
        "outcome": state.outcome if state else None,
        "result": state.result if state else None,
        "error": state.error if state else None,
    }


def _turn(turn: JobTurn) -> ToldTurn:
    took = (turn.ended_at - turn.started_at).total_seconds() if turn.ended_at else None
    return {
        "started": _time(turn.started_at),
        "seconds": took,
        "outcome": turn.outcome,
        "result": turn.result,
        "error": turn.error,
        "holder": turn.holder,
    }


def _remote(row: RemoteStanding) -> ToldRemote:
    blocked = row.blocked_until is not None and row.blocked_until > now()
    state = "left alone" if row.resting else "wants no request" if blocked else "asked"
    return {
        "remote": row.remote,
        "process": row.holder,
        "state": state,
        "until": _time(row.blocked_until) if blocked else None,
        "waiting": row.waiting or 0,
        "last_success": _time(row.last_success),
        "last_error_at": _time(row.last_error_at),
        "last_error": row.last_error,
    }


def mail_shown(mail: QueuedMail) -> ToldMail:
    """A mail that was not sent yet: to whom, how often it was tried, when it is tried next, and what the last try came to."""
    return {
        "id": str(mail.id),
        "to": mail.receiver,
        "subject": mail.subject,
        "tries": mail.tries or 0,
        "next": "given up" if mail.given_up else _time(due_at(mail)),
        "error": mail.error,
    }


def _time(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else None
