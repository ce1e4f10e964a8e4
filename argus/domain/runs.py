"""Runs by their id: found in any run type's table, and created so that an id is given once.

A run's row is keyed by job and start, so its id alone leads there through `run_location`. Rows without a location (of the reference, which
may write to the same keyspace) are found by the index on `id`, and entered.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar
from uuid import UUID, uuid5

from argus.domain.moments import MILLISECOND
from argus.domain.run_keys import enter_keys
from argus.domain.swap import TIMEOUTS, pause, turn
from argus.kit import deadline
from argus.kit.clock import now
from argus.kit.errors import ClientException
from argus.models.run import RunBase, RunLocation
from argus.run_types import Plugin
from argus.runtime import Runtime
from argus.storage.binding import check
from argus.storage.errors import DocumentNotFound, InvalidRequest, OperationTimedOut
from argus.storage.statements import Update, update

R = TypeVar("R", bound=RunBase)

STALE = timedelta(seconds=60)  # a claim without a run that is older belongs to a writer that died
TRIES = 50  # starts of one job that are tried
LONGEST_KEY = 65_535  # bytes of a partition key
ADDRESSES = 4096  # of runs that are written and read now, which are not worked out again for each request


def plugin_named(runtime: Runtime, run_type: str) -> Plugin:
    """The plugin of a run type.

    Raises:
        ClientException: there is none (docs/contract/client.md#what-clients-may-count-on).
    """
    plugin = runtime.plugins.get(run_type)
    if plugin is None:
        raise ClientException(f"Unsupported run type: {run_type}", run_type)
    return plugin


async def get_run(runtime: Runtime, run_type: str, run_id: UUID, *columns: str) -> RunBase:
    """A run by type and id; with `columns`, only these, its key and its id.

    Raises:
        ClientException: no such run type.
        DocumentNotFound: `No <Model> found matching {'id': UUID('…')}`.
        MultipleDocumentsFound: two rows, written by the reference, have this id.
    """
    return await get_typed(runtime, plugin_named(runtime, run_type).model, run_id, *columns)


async def find_run(runtime: Runtime, run_type: str, run_id: UUID, *columns: str) -> RunBase | None:
    """As `get_run`, but None when there is no such run."""
    return await find_typed(runtime, plugin_named(runtime, run_type).model, run_id, *columns)


async def get_typed(runtime: Runtime, model: type[R], run_id: UUID, *columns: str) -> R:
    """As `get_run`, by the run type's table."""
    run = await find_typed(runtime, model, run_id, *columns)
    if run is None:
        raise DocumentNotFound(f"No {model.__name__} found matching { ({'id': run_id}) }")
    return run


async def find_typed(runtime: Runtime, model: type[R], run_id: UUID, *columns: str) -> R | None:
    """As `find_run`, by the run type's table."""
    run_type = _type_of(runtime, model)
    wanted = _with_key(model, columns)
    for address in (run_id, second_address(run_id, run_type)):
        location = await runtime.store.find(RunLocation, id=address)
        if location is None:
            break
        if location.run_type == run_type:
            run = await _at(runtime, model, run_id, location, wanted)
            if run is not None:
                return run
    run = await runtime.store.find(model, *wanted, id=run_id)
    if run is not None:
        await _enter(runtime, run_type, run)
    return run


async def locate(runtime: Runtime, run_id: UUID) -> tuple[Plugin, RunBase] | None:
    """A run of any type, and its plugin; None when nothing has this id.

    Raises:
        MultipleDocumentsFound: two rows of one table have this id.
    """
    location = await runtime.store.find(RunLocation, id=run_id)
    if location is not None and (plugin := runtime.plugins.get(location.run_type)) is not None:
        run = await _at(runtime, plugin.model, run_id, location, ())
        if run is not None:
            return plugin, run
    plugins = list(runtime.plugins)
    found = await asyncio.gather(*(runtime.store.find(plugin.model, id=run_id) for plugin in plugins))
    for plugin, run in zip(plugins, found, strict=True):
        if run is not None:
            await _enter(runtime, plugin.name, run)
            return plugin, run
    return None


async def create_run(runtime: Runtime, run: R) -> tuple[R, bool]:
    """Store a new run, unless its id is known to its run type.

    The id is claimed first, with the key that the row is going to have; whoever finds a claim without a row (its writer died, or is still
    at it) writes the row at the claimed key. So however many submit one id, one row comes of it. Of two runs of one job in one millisecond
    the second starts a millisecond later, of many some milliseconds.

    Args:
        run: complete; its `start_time` may be moved on.

    Returns:
        The stored run, and whether it is this one (False: it was known).

    Raises:
        ClientException: the id was claimed for another job a moment ago.
        InvalidRequest: the run's `build_id` is empty, or longer than a key can be; its id is not claimed.
        WrongValue: a value does not fit its column; as before.
    """
    _check(run)
    run_type = _type_of(runtime, type(run))
    known = await find_typed(runtime, type(run), run.id)
    if known is not None:
        return known, False
    unanswered = 0
    async with turn(type(run), run.id):
        for attempt in range(TRIES):
            try:
                outcome = await _insert(runtime, run_type, run, attempt)
            except OperationTimedOut:  # nobody knows whether that write happened: the next try sees
                unanswered += 1
                if unanswered > TIMEOUTS or deadline.passed():
                    raise
                await pause(attempt)
                continue
            if outcome is not None:
                stored, created = outcome
                return stored, created or (unanswered > 0 and stored == run.changed(start_time=stored.start_time))
    raise OperationTimedOut(f"no free start time for a run of {run.build_id}")


async def _insert(runtime: Runtime, run_type: str, run: R, attempt: int) -> tuple[R, bool] | None:
    """One try of `create_run`; None when the start is another run's, and the claim was moved on."""
    claim = await _claim(runtime, run_type, run)
    run = run.changed(start_time=claim.start_time)
    async with turn(type(run), run.build_id):
        if await runtime.store.create(run):
            await enter_keys(runtime, run_type, run)
            return run, True
        current = await runtime.store.find(type(run), build_id=run.build_id, start_time=run.start_time)
        if current is not None and current.id == run.id:
            return current, False
        later = run.start_time + MILLISECOND * random.randint(1, 2 ** min(attempt, 6))  # noqa: S311 no secret
        await runtime.store.write(update(RunLocation, id=claim.id).set(start_time=later).only_if(start_time=run.start_time))
        return None


def _check(run: RunBase) -> None:
    """Refuse what the store would refuse: a claim without a run stands in the way of later calls."""
    check(run.__table__, run.__dict__)
    size = len(run.build_id.encode("utf-8", "surrogatepass"))
    if size == 0:
        raise InvalidRequest("Key may not be empty")
    if size > LONGEST_KEY:
        raise InvalidRequest(f"Key length of {size} is longer than maximum of {LONGEST_KEY}")


def edit(run: RunBase) -> Update:
    """A partial write of a run's row. Runs are never deleted, so one that was just read is still there."""
    return update(type(run), **run.primary_key_values())


@lru_cache(ADDRESSES)
def second_address(run_id: UUID, run_type: str) -> UUID:
    """Where a run is located whose id is that of a run of another type already."""
    return uuid5(run_id, run_type)


async def _claim(runtime: Runtime, run_type: str, run: RunBase) -> RunLocation:
    """The location under which the run is to be written: a new one, or what an earlier writer left."""
    address = run.id
    while True:
        mine = RunLocation(id=address, run_type=run_type, build_id=run.build_id, start_time=run.start_time, claimed_at=now())
        if await runtime.store.create(mine):
            return mine
        claim = await runtime.store.get(RunLocation, id=address)
        if claim.run_type == run_type:
            break
        address = second_address(run.id, run_type)
    if claim.build_id == run.build_id:
        return claim
    if claim.claimed_at is not None and now() - claim.claimed_at < STALE:
        raise ClientException(f"Run {run.id} is being submitted for another job", str(run.id))
    takeover = update(RunLocation, id=address).set(build_id=mine.build_id, start_time=mine.start_time, claimed_at=mine.claimed_at)
    await runtime.store.write(takeover.only_if(build_id=claim.build_id, start_time=claim.start_time))
    return await _claim(runtime, run_type, run)


async def _enter(runtime: Runtime, run_type: str, run: RunBase) -> None:
    """Remember where a run is that the index found."""
    for address in (run.id, second_address(run.id, run_type)):
        location = RunLocation(id=address, run_type=run_type, build_id=run.build_id, start_time=run.start_time)
        outcome = await runtime.store.create(location)
        if outcome:
            return
        known = await runtime.store.get(RunLocation, id=address)
        if known.run_type == run_type:
            moved = update(RunLocation, id=address).set(build_id=run.build_id, start_time=run.start_time)
            await runtime.store.write(moved.only_if(build_id=known.build_id, start_time=known.start_time))
            return


async def _at(runtime: Runtime, model: type[R], run_id: UUID, location: RunLocation, columns: tuple[str, ...]) -> R | None:
    """The run at a location, None when there is none or another one."""
    run = await runtime.store.find(model, *columns, build_id=location.build_id, start_time=location.start_time)
    return run if run is not None and run.id == run_id else None


def _with_key(model: type[RunBase], columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*model.__table__.primary_key, "id", *columns))) if columns else ()


def _type_of(runtime: Runtime, model: type[RunBase]) -> str:
    return next(plugin.name for plugin in runtime.plugins if plugin.model is model)
