"""The watchdog bites when the application holds the loop, and only then."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from argus.kit.json import encode
from argus.kit.pools import Pool, Purpose
from argus.storage.store import _built
from tests.watchdog import LIMIT, WAITING, Watchdog

pytestmark = pytest.mark.anyio

COMPUTING = """
import time
def work(row):
    until = time.thread_time() + {seconds}
    while time.thread_time() < until:
        sum(range(100))
"""
SLEEPING = """
import time
def work(row):
    time.sleep({seconds})
"""


@pytest.fixture
def watchdog(_watchdog: Watchdog) -> Iterator[Watchdog]:
    _watchdog.taken()
    yield _watchdog
    _watchdog.taken()  # what this test provoked


def library(text: str, seconds: float) -> Callable[[Any], None]:
    """A function of somebody else's, neither a test's nor the application's."""
    names: dict[str, Any] = {}
    exec(compile(text.format(seconds=seconds), "/lib/somebody/elses.py", "exec"), names)
    work: Callable[[Any], None] = names["work"]
    return work


async def on_the_loop(work: Callable[[Any], Any]) -> None:
    """The application's code, on the loop, calls `work`."""
    await asyncio.create_task(_built(work, [{}]))


async def test_what_the_application_computes_on_the_loop_is_noticed(watchdog: Watchdog) -> None:
    await on_the_loop(library(COMPUTING, 4 * LIMIT))
    [stall] = watchdog.taken()
    assert "of processor time in" in stall
    assert "argus/storage/store.py:_built" in stall


async def test_what_waits_on_the_loop_is_noticed(watchdog: Watchdog) -> None:
    await on_the_loop(library(SLEEPING, 1.3 * WAITING))
    [stall] = watchdog.taken()
    assert "s at one line in" in stall


async def test_what_a_test_computes_is_its_own_business(watchdog: Watchdog) -> None:
    library(COMPUTING, 4 * LIMIT)(None)
    await asyncio.sleep(0)
    assert watchdog.taken() == []


async def test_a_plain_function_of_the_application_that_a_test_calls_is_the_tests(watchdog: Watchdog) -> None:
    encode([{"number": number, "text": "x"} for number in range(200_000)])
    await asyncio.sleep(0)
    assert watchdog.taken() == []


async def test_threads_of_a_pool_may_compute(watchdog: Watchdog) -> None:
    await Pool(Purpose("of-this-test", 1, 1)).run(library(COMPUTING, 4 * LIMIT), None)
    assert watchdog.taken() == []


async def test_a_machine_that_is_busy_elsewhere_is_nobodys_fault(watchdog: Watchdog) -> None:
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        began = time.monotonic()
        while time.monotonic() - began < 20 * LIMIT:
            await on_the_loop(library(COMPUTING, LIMIT / 3))
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert watchdog.taken() == []
