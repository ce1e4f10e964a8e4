"""A field that is wrong in one answer of a hundred is found within two thousand requests on two workers, and nothing else is."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from argus.web.gateway_state import StoredState
from strangler.evidence import Shadowed, shadowed
from strangler.shadow import TURNED
from tests.slow.seeded import serving, store_in
from tests.slow.wire import Connection

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]

WRONG = 0.01
REQUESTS = 2000
CONNECTIONS = 8
RATE = 90.0  # requests a second, all together
TOLD_EVERY = 5.0  # seconds in which workers tell what they have found
REGISTRY = """\
version: 1
blueprints:
  runs:
    owner: {owner}
    shadow: {{percent: 100}}
    routes:
      - {{path: "/run/<int:number>", methods: [GET]}}
      - {{path: "/runs/<int:number>", methods: [GET]}}
      - {{path: "/page/<int:number>", methods: [GET]}}
unlisted: flask
"""


async def call(port: int, paths: list[str]) -> None:
    """Ask for all of them over a few connections, at a constant rate."""
    began, waiting = time.monotonic(), iter(enumerate(paths))

    async def caller() -> None:
        connection = Connection(port)
        for number, path in waiting:
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            assert (await connection.ask("GET", path)).status == 200
        connection.close()

    await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))


async def found_by_all(folder: Path) -> tuple[Shadowed, int]:
    """What the workers tell each other, added up as `argus routes cutover` does, and how many requests found no room."""
    store = store_in(folder)
    await store.start()

    async def opened() -> Any:
        return store

    try:
        told = await StoredState(opened).published("shadow")
    finally:
        await store.close()
    found = shadowed(told, "runs")
    assert found is not None
    assert len(told) == 2
    return found, sum(record["dropped"] for records in told.values() for record in records)


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("owner", ["flask", "fastapi"])
async def test_one_wrong_field_is_named_and_no_other(owner: str, turn: int, tmp_path: Path) -> None:
    with serving(tmp_path, REGISTRY.format(owner=owner), "--workers", "2") as (port, _):
        (tmp_path / "faults.json").write_text(json.dumps({"fastapi/run": {"wrong": WRONG}}))
        paths = [path for n in range(REQUESTS) for path in [f"/run/{n}", *{0: [f"/page/{n}"], 2: [f"/runs/{n}"]}.get(n % 4, [])]]
        await call(port, paths)
        await asyncio.sleep(2 * TOLD_EVERY)
        found, dropped = await found_by_all(tmp_path)
    share = found.compared / len(paths)
    missed = (1 - WRONG * TURNED) ** (REQUESTS * share)  # a comparison finds it when the lane that is right is the measure
    print(f"{owner}: {found.compared} of {len(paths)} compared, {dropped} dropped; a miss had a probability of {missed:.1e}")
    assert found.places == ("GET /run/<int:number> at steps[].status",)
    assert found.failed == 0
    assert share > 0.9
    assert missed < 1e-3
