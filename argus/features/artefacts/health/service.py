"""Health: each component is asked at most every two seconds, whoever asks how often."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC
from pathlib import Path

import argus
from argus.db.opened import Opened
from argus.db.opening import opened_database
from argus.db.url import database_url, sqlite_file
from argus.features.artefacts.health.schemas import Component, Health
from argus.kit.clock import now
from argus.kit.pools import HOUSEKEEPING
from argus.models.user import User
from argus.platform.errors import Unavailable
from argus.platform.files import file_store
from argus.runtime import Runtime
from argus.storage.statements import select

FRESH = 2.0  # seconds
PATIENCE = 2.0  # seconds for a component to answer
AGAIN = 5  # seconds
NEEDED = "storage"
"""Without it nothing works; without another one Argus is degraded."""


class Last:
    """What was found last."""

    def __init__(self) -> None:
        self.asking = asyncio.Lock()
        self.at = float("-inf")
        self.components: list[Component] = []


async def health(runtime: Runtime, known: bool) -> Health:
    """How Argus is.

    Args:
        known: whether the caller is logged in, and may see details.
    """
    last = runtime.own(Last)
    async with last.asking:
        if time.monotonic() - last.at >= FRESH:
            last.components = list(await asyncio.gather(*(_asked(runtime, name, ask) for name, ask in CHECKS.items())))
            last.at = time.monotonic()
    shown = [each if known else each.model_copy(update={"detail": None}) for each in last.components]
    down = {each.name for each in shown if each.status != "ok"}
    status = "unavailable" if NEEDED in down else "degraded" if down else "ok"
    return Health(
        status=status,
        timestamp=now().replace(tzinfo=UTC),
        version=argus.__version__,
        environment=runtime.settings.ENV,
        components=shown,
    )


async def need_ready(runtime: Runtime, stays: bool) -> None:
    """Go on only if requests can be served here.

    Args:
        stays: False while the process ends what is in flight.

    Raises:
        Unavailable
    """
    if not stays:
        raise Unavailable("draining", "This process is leaving", retry_after=AGAIN)
    found = await _asked(runtime, NEEDED, _storage)
    if found.status != "ok":
        raise Unavailable("not_ready", "The database does not answer", retry_after=AGAIN)


async def _asked(runtime: Runtime, name: str, ask: Callable[[Runtime], Awaitable[str | None]]) -> Component:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            detail = await ask(runtime)
    except Exception as problem:
        return Component(name=name, status="unavailable", detail=type(problem).__name__)
    return Component(name=name, status="ok", latency_ms=round((time.perf_counter() - began) * 1000, 1), detail=detail)


async def _storage(runtime: Runtime) -> None:
    await runtime.store.first(select(User, "id").limit(1))


async def _database(runtime: Runtime) -> str:
    """A look at the queue; an embedded database that nobody uses yet is looked at without loading what could use it."""
    file = sqlite_file(database_url(runtime.settings))
    if runtime.own(Opened).database is None and file is not None:
        waiting = await runtime.blocking(HOUSEKEEPING, _waiting_in, file)
    else:
        from sqlalchemy import text

        async with (await opened_database(runtime)).reading() as session:
            waiting = await session.scalar(text("SELECT count(*) FROM work_item WHERE state = 'queued'")) or 0
    return f"{runtime.settings.QUEUE_ENGINE}, {waiting} waiting"


def _waiting_in(file: Path) -> int:
    if not file.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)) as db:
        return int(db.execute("SELECT count(*) FROM work_item WHERE state = 'queued'").fetchone()[0])


async def _files(runtime: Runtime) -> None:
    await file_store(runtime).check()


async def _live(_runtime: Runtime) -> None:
    await asyncio.sleep(0)


CHECKS: dict[str, Callable[[Runtime], Awaitable[str | None]]] = {
    "storage": _storage,
    "queue": _database,
    "files": _files,
    "live": _live,
}
