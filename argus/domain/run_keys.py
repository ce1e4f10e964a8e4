"""Runs by the beginning of their id and by their build number, without reading runs: what a search box asks."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from argus.models.run import RunBase, RunKey, RunLocation
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import batch, insert, select
from argus.storage.store import PAGE

log = logging.getLogger("argus.run_keys")

SHORTEST = 4  # hexadecimal digits of an id that are looked for
LOOKED_AT = 500  # keys of one partition that are read at most


def keys_of(run_type: str, run: RunBase) -> Iterator[RunKey]:
    """The rows under which a run is found."""
    names = [f"id:{run.id.hex[:SHORTEST]}"]
    if run.build_number is not None and run.build_number >= 0:
        names.append(f"#{run.build_number}")
    for name in names:
        yield RunKey(key=name, start_time=run.start_time, id=run.id, run_type=run_type, build_id=run.build_id)


async def enter_keys(runtime: Runtime, run_type: str, run: RunBase) -> None:
    """Make a new run findable. A failure is logged and changes nothing: `argus search index` enters what is missing."""
    try:
        await runtime.store.write(batch(*map(insert, keys_of(run_type, run))))
    except StorageError:
        log.exception("run %s will not be found by the beginning of its id", run.id)


async def by_id_prefix(runtime: Runtime, digits: str) -> list[RunKey]:
    """Runs whose id begins so, newest first.

    Args:
        digits: hexadecimal, lower case, without hyphens, at least four.
    """
    same = await runtime.store.all(select(RunKey).where(key=f"id:{digits[:SHORTEST]}").limit(LOOKED_AT))
    return [row for row in same if row.id.hex.startswith(digits)]


async def by_number(runtime: Runtime, number: int) -> list[RunKey]:
    """The newest builds of this number, of any job."""
    return await runtime.store.all(select(RunKey).where(key=f"#{number}").limit(LOOKED_AT))


async def enter_all(runtime: Runtime) -> int:
    """Enter every run that has a location; how many. Reads each run once, page by page: for an installation that had runs before."""
    entered = 0
    token: bytes | None = None
    while True:
        page = await runtime.store.page(select(RunLocation), PAGE, token)
        for location in page.rows:
            entered += await _enter_located(runtime, location)
        token = page.next
        if token is None:
            return entered


async def _enter_located(runtime: Runtime, location: RunLocation) -> int:
    plugin = runtime.plugins.get(location.run_type)
    if plugin is None or location.build_id is None:
        return 0
    columns = ("build_id", "start_time", "id", "build_number")
    run = await runtime.store.find(plugin.model, *columns, build_id=location.build_id, start_time=location.start_time)
    if run is None:
        return 0
    await enter_keys(runtime, plugin.name, run)
    return 1
