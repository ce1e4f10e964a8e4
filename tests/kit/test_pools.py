"""Bounded threads for each purpose: full ones refuse, slow ones starve nobody, who leaves takes no thread."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import threading
import weakref
from contextlib import suppress
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path

import pytest

from argus.kit import pools
from argus.kit.errors import ServiceBusy
from argus.kit.pools import Pools, Purpose
from argus.kit.settings import Settings

pytestmark = pytest.mark.anyio

ONE = Purpose("one", 1, 2)
OTHER = Purpose("other", 1, 2)
PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


class Held:
    """A call that keeps its thread until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> str:
        self.began.set()
        self.go.wait(10)
        return "done"

    async def begins(self) -> None:
        while not self.began.is_set():
            await asyncio.sleep(0.001)


async def test_what_would_wait_behind_too_much_is_refused_at_once() -> None:
    pool, held = Pools().of(ONE), Held()
    running = asyncio.create_task(pool.run(held))
    await held.begins()
    waiting = [asyncio.create_task(pool.run(str, n)) for n in range(2)]
    await asyncio.sleep(0)
    assert (pool.busy, pool.waiting) == (1, 2)
    with pytest.raises(ServiceBusy, match="wait for one"):
        await pool.run(str, 3)
    assert pool.refused == 1
    held.go.set()
    assert await running == "done"
    assert await asyncio.gather(*waiting) == ["0", "1"]


async def test_a_full_pool_starves_no_other() -> None:
    both, held = Pools(), Held()
    running = asyncio.create_task(both.of(ONE).run(held))
    await held.begins()
    assert await asyncio.wait_for(both.of(OTHER).run(str, 1), 5) == "1"
    held.go.set()
    await running


async def test_who_leaves_while_waiting_is_never_called_and_frees_its_place() -> None:
    pool, held, called = Pools().of(ONE), Held(), threading.Event()
    running = asyncio.create_task(pool.run(held))
    await held.begins()
    leaver = asyncio.create_task(pool.run(called.set))
    await asyncio.sleep(0)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    assert pool.waiting == 0
    held.go.set()
    assert await running == "done"
    assert await pool.run(str, 1) == "1"
    assert not called.is_set()


async def test_a_thread_whose_caller_left_counts_until_it_ends() -> None:
    pool, held = Pools().of(ONE), Held()
    running = asyncio.create_task(pool.run(held))
    await held.begins()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    following = asyncio.create_task(pool.run(str, 1))
    await asyncio.sleep(0)
    assert (pool.busy, pool.waiting) == (1, 1)
    held.go.set()
    assert await following == "1"


async def test_a_call_sees_the_context_of_its_caller_and_its_error_comes_back() -> None:
    who: ContextVar[str] = ContextVar("who")
    who.set("alice")
    pool = Pools().of(ONE)
    assert await pool.run(who.get) == "alice"
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 // 0)
    assert await pool.run(str, 1) == "1"


async def test_threads_take_turns_more_often_while_something_computes() -> None:
    pools.take_turns()
    usual = sys.getswitchinterval()
    pool, held = Pools().of(Purpose("computing", 2, 2, computes=True)), Held()
    running = [asyncio.create_task(pool.run(held)) for _ in range(2)]
    await held.begins()
    assert sys.getswitchinterval() <= usual / 2
    held.go.set()
    await asyncio.gather(*running)
    async with asyncio.timeout(10):
        while pool.busy:
            await asyncio.sleep(0.001)
    assert sys.getswitchinterval() == usual


WITH_A_POOL = ("argus.platform.broker", "argus.platform.files")
"""Modules that have one of their own."""


def test_the_documents_list_every_pool() -> None:
    told = {
        name: (int(threads), int(waiting)) for name, threads, waiting in re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
    }
    places = (pools, *(import_module(name) for name in WITH_A_POOL))
    ours = {p.name: (p.threads, p.waiting) for place in places for p in vars(place).values() if isinstance(p, Purpose)}
    assert told == ours


def test_nothing_of_ours_runs_in_the_executor_of_the_loop() -> None:
    """It looks up the host names of every outgoing call."""
    allowed = {
        "argus/cli/accounts.py": "a command, which serves nobody",
        "argus/web/app.py": "the end of the process",
        "argus/features/deduper/job_manager.py": "the log of a job, of which two run at once",
        "argus/features/deduper/watch.py": "the end of a job's processes",
        "argus/storage/cql/live.py": "connecting to the database, one at a time",
    }
    root = Path(pools.__file__).parents[2]
    found = {
        str(file.relative_to(root))
        for file in (root / "argus").rglob("*.py")
        if "gateway" not in file.parts and re.search(r"to_thread\(|run_in_executor\(None", file.read_text())
    }
    assert found == set(allowed)


async def test_an_error_keeps_nothing_that_its_thread_worked_on() -> None:
    """What a refused upload unpacked is megabytes; a hundred of them must not wait for the collector."""

    class Unpacked:
        """Megabytes of a caller's."""

    seen: list[weakref.ref[Unpacked]] = []
    errors: list[weakref.ref[ValueError]] = []

    class Refused(ValueError):
        pass

    def refuse() -> None:
        unpacked = Unpacked()
        seen.append(weakref.ref(unpacked))
        error = Refused("too large")
        errors.append(weakref.ref(error))
        try:
            raise error
        finally:
            del error

    pool = Pools().of(ONE)

    async def fails() -> None:
        with pytest.raises(Refused) as caught:
            await pool.run(refuse)
        assert seen[0]() is None, "the variables of the thread are gone while the error is still held"
        assert any(entry.name == "refuse" for entry in caught.traceback), "where it was raised is still told"

    gc.disable()
    try:
        await fails()
        for _ in range(100):
            with suppress(Refused):
                await pool.run(refuse)
        assert sum(error() is not None for error in errors) < 5, "errors go without the help of the collector"
    finally:
        gc.enable()


async def test_one_password_is_hashed_at_a_time() -> None:
    """A second one would take the other core of a small machine, which the event loop needs."""
    free, both, running = threading.Event(), threading.Event(), 0

    def hashing() -> None:
        nonlocal running
        running += 1
        if running == 2:
            both.set()
        free.wait(10)
        running -= 1

    pool = Pools().of(pools.PASSWORDS)
    calls = [asyncio.ensure_future(pool.run(hashing)) for _ in range(2)]
    assert not await asyncio.to_thread(both.wait, 0.3)
    free.set()
    await asyncio.gather(*calls)


def test_expressions_that_run_away_leave_half_of_the_flask_lane_to_others() -> None:
    usual = Settings.model_fields["FLASK_THREADS"].default
    assert pools.PATTERNS.threads + pools.PATTERNS.waiting <= usual // 2
