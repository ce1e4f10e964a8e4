"""Rates: counted in one process, or in Redis for all; a Redis that is away keeps nobody out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from argus.kit.settings import Settings
from argus.platform.errors import TooMany
from argus.platform.limits import Rates, count
from argus.runtime import Runtime
from tests.redis import redis_url  # noqa: F401

pytestmark = pytest.mark.anyio


@pytest.fixture
async def worker() -> AsyncIterator[Callable[..., Runtime]]:
    """Makes as much of a worker as rates need."""
    closers: list[Callable[[], Awaitable[None]]] = []

    def make(**settings: Any) -> Runtime:
        rates = Rates()
        told = Settings(RATE_WRITES="3/minute", **settings)
        return cast("Runtime", SimpleNamespace(settings=told, own=lambda _: rates, on_close=closers.append))

    yield make
    for close in closers:
        await close()


async def refused(runtime: Runtime, who: str, kind: str = "writes") -> TooMany | None:
    try:
        await count(runtime, kind, who)
    except TooMany as error:
        return error
    return None


async def test_one_more_than_may_be_is_told_when_to_come_again(worker: Callable[..., Runtime]) -> None:
    runtime = worker()
    assert [await refused(runtime, "ann") for _ in range(3)] == [None] * 3
    error = await refused(runtime, "ann")
    assert error is not None
    assert error.code == "rate_limited"
    assert (error.headers["X-RateLimit-Limit"], error.headers["X-RateLimit-Remaining"]) == ("3", "0")
    assert 1 <= int(error.headers["Retry-After"]) <= 60
    assert int(error.headers["X-RateLimit-Reset"]) > 1_700_000_000
    assert await refused(runtime, "bob") is None, "everybody has a window of their own"
    assert await refused(runtime, "ann", "reads") is None, "and each kind one"
    assert await refused(worker(), "ann") is None, "another process counts by itself"


async def test_processes_with_a_redis_count_together(worker: Callable[..., Runtime], redis_url: str) -> None:  # noqa: F811
    here, there = worker(REDIS_URL=redis_url), worker(REDIS_URL=redis_url)
    assert [await refused(each, "together") for each in (here, there, here)] == [None] * 3
    error = await refused(there, "together")
    assert error is not None
    assert error.headers["X-RateLimit-Limit"] == "3"


async def test_while_redis_is_away_each_process_counts(worker: Callable[..., Runtime], caplog: pytest.LogCaptureFixture) -> None:
    runtime = worker(REDIS_URL="redis://127.0.0.1:9")
    assert [await refused(runtime, "alone") for _ in range(3)] == [None] * 3
    assert await refused(runtime, "alone") is not None
    assert [record.message.partition(",")[0] for record in caplog.records] == ["rates are counted by each process for 10 seconds"]
