"""However the statements of two writers are mixed, what comes of it is what one order of their operations would have given.

SCHEDULES says how many are played on each engine (100), SCHEDULES_ENGINES on which ones (sqlite). `make test-schedules`: 2,000 on both.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from argus.domain import exclusive, swap
from argus.models import ALL_MODELS, ALL_TYPES
from argus.plugins.generic.plugin import PLUGIN as GENERIC
from argus.plugins.sct.plugin import PLUGIN as SCT
from argus.run_types import PluginRegistry
from argus.runtime import Runtime
from argus.storage.open import open_store
from argus.storage.store import Store
from tests.cassandra_fixture import cassandra_or_skip
from tests.domain.opened import runtime_of
from tests.schedules.worlds import WORLDS, World
from tests.schedules.writers import Gate, Writer, play, result_of

SCHEDULES = int(os.environ.get("SCHEDULES", "100"))
ENGINES = os.environ.get("SCHEDULES_ENGINES", "sqlite").split(",")

pytestmark = pytest.mark.timeout(60 + 10 * SCHEDULES)


def github(request: httpx.Request) -> httpx.Response:
    number = int(request.url.path.rpartition("/")[2])
    return httpx.Response(200, json={"number": number, "state": "open", "title": "t", "labels": [], "assignees": []})


@dataclass
class Stage:
    """Two writers at a gate, and a third one who makes the worlds and plays the serial orders."""

    gate: Gate
    writers: tuple[Writer, Writer]
    maker: Writer
    _orders: dict[tuple[Any, ...], set[str]] = field(default_factory=dict)

    def outcome(self, kind: type[World], names: tuple[Sequence[str], Sequence[str]], schedule: Sequence[int]) -> str:
        """What comes of both writers' operations, mixed by a schedule."""
        world = kind()
        self.maker.wait(world.make(self.maker.runtime))
        first, second = ([world.ops[name] for name in part] for part in names)
        results = play(self.writers, self.gate, (first, second), schedule)
        return repr((results, self.maker.wait(world.state(self.maker.runtime))))

    def orders(self, kind: type[World], names: tuple[Sequence[str], Sequence[str]]) -> set[str]:
        """What comes of each order of the operations."""
        key = (kind, *map(tuple, names))
        if key not in self._orders:
            self._orders[key] = {self.maker.wait(self._serial(kind, names, order)) for order in _mixed(*map(len, names))}
        return self._orders[key]

    async def _serial(self, kind: type[World], names: tuple[Sequence[str], Sequence[str]], order: Sequence[int]) -> str:
        world, left, results = kind(), [list(part) for part in names], ([], [])  # type: ignore[var-annotated]
        await world.make(self.maker.runtime)
        for writer in order:
            results[writer].append(await result_of(world.ops[left[writer].pop(0)], self.maker.runtime))
        return repr((results, await world.state(self.maker.runtime)))


def _mixed(first: int, second: int) -> Iterator[list[int]]:
    """Every way in which the operations of two writers can follow each other."""
    for places in combinations(range(first + second), first):
        yield [0 if place in places else 1 for place in range(first + second)]


def _stores(engine: str, folder: Path, stack: ExitStack) -> Callable[[], Store]:
    registry = PluginRegistry(SCT, GENERIC)
    models, types = [*ALL_MODELS, *registry.models], [*ALL_TYPES, *registry.types]
    if engine == "sqlite":
        return lambda: open_store(f"sqlite:///{folder}/argus.sqlite", models, types, durable=False)
    node = cassandra_or_skip()
    main, tablets = stack.enter_context(node.keyspaces())

    async def sync() -> None:
        store = cluster()
        await store.start()
        await store.engine.apply(await store.engine.schema(models, types))
        await store.close()

    def cluster() -> Store:
        return open_store(f"cql://{node.host}:{node.port}/{main}", models, types, tablets_keyspace=tablets)

    asyncio.run(sync())
    return cluster


@pytest.fixture(scope="module", params=ENGINES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(exclusive, "LONGEST_PAUSE", 0.002)  # they wait for facts, and the gate decides who goes on
        patch.setattr(swap, "LONGEST_PAUSE", 0.002)
        stores = _stores(request.param, tmp_path_factory.mktemp("schedules"), stack)

        async def opened() -> Runtime:
            store = stores()
            await store.start()
            runtime = runtime_of(store, PluginRegistry(SCT, GENERIC), GITHUB_ENABLED=True)
            runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(github))
            return runtime

        gate = Gate()
        maker, first, second = (Writer(number, gate, opened) for number in (2, 0, 1))
        yield Stage(gate, (first, second), maker)
        for writer in (first, second, maker):
            writer.close()


@pytest.mark.parametrize("kind", WORLDS, ids=lambda kind: kind.__name__.lower())
def test_a_serial_order_explains_every_outcome(stage: Stage, kind: type[World]) -> None:
    ops = st.lists(st.sampled_from(sorted(kind().ops)), min_size=1, max_size=2)

    @settings(
        max_examples=-(-SCHEDULES // len(WORLDS)), deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
    )
    @given(names=st.tuples(ops, ops), schedule=st.lists(st.sampled_from((0, 1)), max_size=30))
    def holds(names: tuple[list[str], list[str]], schedule: list[int]) -> None:
        outcome, orders = stage.outcome(kind, names, schedule), stage.orders(kind, names)
        note(f"came of it: {outcome}")
        for order in sorted(orders):
            note(f"an order gives: {order}")
        assert outcome in orders

    holds()
