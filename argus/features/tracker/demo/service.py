"""Demo data by a button: played by the server itself, once, on an installation that is empty (docs/operations.md#demo-data)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from copy import copy
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import State
from starlette.types import ASGIApp
from werkzeug.security import generate_password_hash

from argus.features.tracker.demo.generate import generate
from argus.features.tracker.demo.play import QUIET, Unplayable, begin, need_empty, perform
from argus.features.tracker.demo.story import Story
from argus.kit.clock import now
from argus.kit.ending import end
from argus.kit.errors import DataValidationError
from argus.kit.pools import ANSWERS, PASSWORDS
from argus.models.enums import RuntimeValueType
from argus.models.runtime import RuntimeStore
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import update

log = logging.getLogger("argus.demo")

KEY = "demo:loading"
RUNS = 4  # of each test: a fortnight
SEED = 1
LONGEST = timedelta(minutes=15)  # then it is given up
TOLD_EVERY = 1.0  # seconds between two notes of how far it is
LOADING_ALREADY = "demo data are being loaded already"
SILENT_AFTER = timedelta(minutes=1)  # without a note: whoever played is gone


@dataclass(frozen=True, slots=True)
class Loading:
    """How far it is: `none`, `loading`, `loaded`, or `stopped`, with what went wrong."""

    state: str = "none"
    played: int = 0
    total: int = 0
    problem: str = ""


async def state_of(runtime: Runtime) -> Loading:
    """How far the loading is, whichever process does it."""
    return _told(await runtime.store.find(RuntimeStore, key=KEY))


async def load(runtime: Runtime, app: FastAPI) -> dict[str, Any]:
    """Begin to fill an empty installation; it goes on after the answer.

    Args:
        app: the application that serves; the calls of the story go through it.

    Returns:
        How far it is, with `people` and the `password` that all of them have: nobody is told that again.

    Raises:
        DataValidationError: the installation holds releases, or somebody loads already.
    """
    if (await state_of(runtime)).state == "loading":
        raise DataValidationError(LOADING_ALREADY)
    try:
        await need_empty(runtime.store)
        story = await runtime.blocking(ANSWERS, generate, SEED, now(), RUNS)
        password = secrets.token_urlsafe(12)
        hashed = await runtime.blocking(PASSWORDS, generate_password_hash, password)
        loading = Loading("loading", 0, story.calls)
        before = await _take_turn(runtime, loading)
        try:
            tokens, known = await begin(runtime.store, story, password, hashed)
        except BaseException:
            await _tell(runtime, before)
            raise
    except Unplayable as refused:
        raise DataValidationError(str(refused)) from None
    runtime.spawn(_play(runtime, app, story, tokens, known))
    people = [{"username": p.username, "full_name": p.full_name, "admin": "ROLE_ADMIN" in p.roles} for p in story.people]
    return {**asdict(loading), "people": people, "password": password}


async def _take_turn(runtime: Runtime, loading: Loading) -> Loading:
    """Note that it begins, unless somebody else has; gives what was noted before."""
    row = await runtime.store.find(RuntimeStore, key=KEY)
    before = _told(row)
    if before.state == "loading":
        raise DataValidationError(LOADING_ALREADY)
    if row is None:
        taken = await runtime.store.create(_row(loading))
    else:
        values = {"value_text": json.dumps(asdict(loading)), "value_date": now()}
        outcome = await runtime.store.write(update(RuntimeStore, key=KEY).set(**values).only_if(value_text=row.value_text))
        taken = outcome.applied
    if not taken:
        raise DataValidationError(LOADING_ALREADY)
    return before


async def _play(runtime: Runtime, app: FastAPI, story: Story, tokens: dict[str, str], known: dict[str, str]) -> None:
    played = 0

    def advance() -> None:
        nonlocal played
        played += 1

    async def tell_on() -> None:
        while True:
            await asyncio.sleep(TOLD_EVERY)
            with contextlib.suppress(StorageError):  # the next one may be
                await _tell(runtime, Loading("loading", played, story.calls))

    telling = asyncio.create_task(tell_on())
    problem = ""
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            await perform(_quiet(app, runtime), story, tokens, known, advance)
    except TimeoutError:
        problem = "It took too long."
    except Exception:
        log.exception("demo data were not loaded to their end")
        problem = "It stopped at a call that failed; the log of the server tells why."
    finally:
        await end(telling)  # so that no note of it comes after the last one
    try:
        await _tell(runtime, Loading("stopped" if problem else "loaded", played, story.calls, problem))
    except StorageError:
        log.exception("nobody is told how the loading of demo data ended")


def _quiet(app: FastAPI, runtime: Runtime) -> ASGIApp:
    """The same application over the same store, which sends no mail and asks nobody."""
    twin = copy(app)
    twin.state = State({**app.state._state, "runtime": replace(runtime, settings=runtime.settings.model_copy(update=QUIET))})
    return twin


async def _tell(runtime: Runtime, loading: Loading) -> None:
    await runtime.store.save(_row(loading))


def _row(loading: Loading) -> RuntimeStore:
    return RuntimeStore(key=KEY, value_type=RuntimeValueType.TEXT.value, value_text=json.dumps(asdict(loading)), value_date=now())


def _told(row: RuntimeStore | None) -> Loading:
    if row is None or row.value_text is None:
        return Loading()
    found = Loading(**json.loads(row.value_text))
    if found.state == "loading" and (row.value_date is None or now() - row.value_date > SILENT_AFTER):
        return replace(found, state="stopped", problem="The server that loaded them has ended.")
    return found
