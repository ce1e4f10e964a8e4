"""How other systems do, as every process of an installation sees it: each tells the store, so that any of them can show it."""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime
from typing import Any

from argus.integrations.remote import Standing, is_resting, standings
from argus.models.job import RemoteStanding
from argus.runtime import Runtime
from argus.storage.statements import insert, select

SCOPE = "all"
KEPT_SECONDS = 3600
TOLD_EVERY = 15.0  # seconds at least between two tellings of what changes all the time


def this_process() -> str:
    """By which name a process is known in the store: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Telling:
    """Tells the store how the remotes do that this process asks: troubles at once, the rest now and then."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._told: dict[str, tuple[float, RemoteStanding]] = {}

    async def publish(self) -> None:
        """Write what changed.

        Raises:
            StorageError
        """
        for row in await of_this_process(self._runtime):
            at, before = self._told.get(row.remote, (float("-inf"), None))
            if row == before or (before is not None and _trouble(row) == _trouble(before) and time.monotonic() - at < TOLD_EVERY):
                continue
            await self._runtime.store.write(insert(row, ttl=KEPT_SECONDS))
            self._told[row.remote] = (time.monotonic(), row)


async def of_this_process(runtime: Runtime) -> list[RemoteStanding]:
    """The remotes that this process has asked."""
    return [await _row(runtime, name, standing) for name, standing in list(standings(runtime).items())]


async def of_all(runtime: Runtime) -> list[RemoteStanding]:
    """The remotes that any process has asked within the last hour, by name; this one's as they are now."""
    rows = {(row.remote, row.holder): row for row in await runtime.store.all(select(RemoteStanding).where(scope=SCOPE))}
    rows |= {(row.remote, row.holder): row for row in await of_this_process(runtime)}
    return [rows[key] for key in sorted(rows)]


async def _row(runtime: Runtime, name: str, standing: Standing) -> RemoteStanding:
    until = standing.blocked_until
    return RemoteStanding(
        scope=SCOPE,
        remote=name,
        holder=this_process(),
        last_success=_naive(standing.last_success),
        last_error=standing.last_error,
        last_error_at=_naive(standing.last_error_at),
        waiting=standing.waiting,
        resting=await is_resting(runtime, name),
        blocked_until=_naive(datetime.fromtimestamp(until, UTC)) if until > time.time() else None,
    )


def _trouble(row: RemoteStanding) -> tuple[Any, ...]:
    return row.last_error, row.resting, row.blocked_until


def _naive(at: datetime | None) -> datetime | None:
    """As the store keeps times: UTC, to the millisecond."""
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=at.microsecond // 1000 * 1000) if at else None
