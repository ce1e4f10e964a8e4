"""What administrators see and do on `/admin/jobs`."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from argus.jobs import board, told
from argus.jobs.catalogue import Job, job_named, wanted
from argus.kit.answer import Answer, json_answer
from argus.kit.errors import DataValidationError
from argus.lanes.page import Page
from argus.models.user import User
from argus.runtime import Runtime

TURNS = 50
CACHE = ("Cache-Control", "private, no-cache")  # asked again each time, and answered with 304 where nothing has changed
LONGEST_NAME = 40


def page() -> Page:
    """The page; its script asks for the rest."""
    return Page("jobs.html.j2", "Jobs")


async def overview(runtime: Runtime, known: str | None) -> Answer:
    """Jobs, remotes and mails that wait.

    Args:
        known: the tags of what the caller has already (`If-None-Match`).
    """
    shown = {"jobs": await told.jobs_of(runtime), "remotes": await told.remotes_of(runtime), "mails": await told.mails_of(runtime)}
    answer = json_answer({"status": "ok", "response": shown})
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    headers = (("ETag", tag), CACHE)
    if known and tag in (each.strip().removeprefix("W/") for each in known.split(",")):
        return Answer(b"", 304, None, headers)
    return replace(answer, headers=headers)


async def history(runtime: Runtime, name: str) -> list[told.ToldTurn]:
    """The last turns of a job, the newest first.

    Raises:
        DataValidationError: there is no such job.
    """
    return await told.turns_of(runtime, _known(runtime, name).name, TURNS)


async def run(runtime: Runtime, name: str, user: User) -> str:
    """Wish for a turn now.

    Raises:
        DataValidationError: there is no such job, or nobody would do it.
    """
    job = _known(runtime, name)
    if job.name not in {each.name for each in wanted(runtime.settings)}:
        raise DataValidationError(f"the job {job.name} is off", job.name)
    await board.ask(runtime.store, job.name, user.username or str(user.id))
    return "asked"


async def pause(runtime: Runtime, name: str, user: User) -> str:
    """Have no turns of a job but those that are asked for.

    Raises:
        DataValidationError: there is no such job.
    """
    await board.pause(runtime.store, _known(runtime, name).name, user.username or str(user.id))
    return "paused"


async def resume(runtime: Runtime, name: str) -> str:
    """Have a job's turns again.

    Raises:
        DataValidationError: there is no such job.
    """
    await board.resume(runtime.store, _known(runtime, name).name)
    return "resumed"


def _known(runtime: Runtime, name: str) -> Job:
    try:
        return job_named(runtime.settings, name)
    except LookupError:
        raise DataValidationError(f"there is no job {name[:LONGEST_NAME]!r}", name[:LONGEST_NAME]) from None
