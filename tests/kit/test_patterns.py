"""Callers' regular expressions find what `re` finds, and none stalls the server."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from argus.kit import patterns
from argus.kit.patterns import TooSlow, check, searching

pytestmark = pytest.mark.anyio

TEXTS = ["longevity-100gb", "", "two\nlines", "ünïcode ✓", "a.b", "lone \ud800 half"]


@pytest.mark.parametrize("wanted", [["100gb"], ["^two.lines$"], ["(?s)^two.lines$"], [r"a\.b", "✓"], ["^$"], [], ["", "("[:0]], ["."]])
async def test_finds_what_re_finds(wanted: list[str]) -> None:
    async with searching(wanted) as found:
        assert await found(TEXTS) == [any(re.search(each, text) for each in wanted) for text in TEXTS]
        assert await found([]) == []
        assert await found(["100gb"]) == [any(re.search(each, "100gb") for each in wanted)]


async def test_an_expression_that_runs_away_is_stopped_while_others_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "PATIENCE", 0.5)
    pauses = []

    async def others() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            pauses.append(time.perf_counter() - before)

    beside = asyncio.create_task(others())
    with pytest.raises(TooSlow, match="without an end"):
        async with searching(["(a+)+$"]) as found:
            await found(["a" * 60 + "!"])
    beside.cancel()
    assert len(pauses) > 10


async def test_searches_of_one_block_take_turns() -> None:
    async with searching(["^x+$"]) as found:
        answers = await asyncio.gather(*(found(["x" * n, "y"] * 500) for n in range(1, 21)))
    assert answers == [[True, False] * 500] * 20


@pytest.mark.parametrize("pattern", ["(", "[", "x" * 1001, "*", "(?P<a", "a{99999999999999}"])
def test_malformed_and_long_ones_are_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        check(pattern)
