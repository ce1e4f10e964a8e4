"""One at a time, over all processes: for "look whether the name is free, then take it", which no single row can decide.

A row of `runtime_store` is the lock, taken with IF NOT EXISTS. When its holder has died, another process
may take it after `HELD_AT_MOST`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4
from weakref import WeakValueDictionary

from argus.kit import deadline
from argus.kit.clock import now
from argus.models.enums import RuntimeValueType
from argus.models.runtime import RuntimeStore
from argus.storage.errors import OperationTimedOut, StorageError
from argus.storage.statements import delete, update
from argus.storage.store import Store

log = logging.getLogger("argus.exclusive")

HELD_AT_MOST = timedelta(seconds=30)  # far longer than the few reads and writes inside
WAIT_SECONDS = 15.0  # seconds until a caller who waits gives up
LONGEST = 1000  # characters of a value that stand in the lock's key as they are
LONGEST_PAUSE = 0.25  # seconds

_releases: set[asyncio.Task[None]] = set()  # that nobody waits for any more
_turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()


@asynccontextmanager
async def exclusive(store: Store, what: str, value: str) -> AsyncIterator[None]:
    """Be the only one who decides about a value.

    Args:
        what: the kind of value: `release name`, `build id`, …
        value: the name that is to be unique.

    Raises:
        OperationTimedOut: others held it all the while.
    """
    key, owner = f"lock:{what}:{value if len(value) < LONGEST else sha256(value.encode()).hexdigest()}", uuid4().hex
    turn = _turns.setdefault((id(asyncio.get_running_loop()), key), asyncio.Lock())
    async with turn:
        await _take(store, key, owner)
        try:
            yield
        finally:
            release = asyncio.create_task(_release(store, key, owner))
            _releases.add(release)
            release.add_done_callback(_releases.discard)
            if not deadline.passed():
                await asyncio.shield(release)


async def _take(store: Store, key: str, owner: str) -> None:
    latest = time.monotonic() + min(WAIT_SECONDS, deadline.left())
    while True:
        row = RuntimeStore(key=key, value_type=RuntimeValueType.TEXT.value, value_text=owner, value_date=now())
        if await store.create(row):
            return
        held = await store.find(RuntimeStore, key=key)
        if held is not None and held.value_date is not None and held.value_date < now() - HELD_AT_MOST:
            takeover = update(RuntimeStore, key=key).set(value_text=owner, value_date=now()).only_if(value_text=held.value_text)
            if (await store.write(takeover)).applied:
                return
        if time.monotonic() > latest:
            raise OperationTimedOut(f"{key!r} is being decided by somebody else")
        await asyncio.sleep(random.random() * LONGEST_PAUSE)  # noqa: S311 jitter, no secret


async def _release(store: Store, key: str, owner: str) -> None:
    try:
        with deadline.lifted():  # who runs out of time inside must not shut out the others
            await store.write(delete(RuntimeStore).where(key=key).only_if(value_text=owner))
    except StorageError:
        log.exception("cannot give back %r; it is free in %s", key, HELD_AT_MOST)
