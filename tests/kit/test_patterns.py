"""Callers' regular expressions find what `re` finds, and none stalls the server."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argus.kit import patterns
from argus.kit.errors import ServiceBusy
from argus.kit.patterns import TooSlow, _compiled, check, searching
from argus.kit.pools import PATTERNS, Pools

pytestmark = pytest.mark.anyio

RUNAWAY = "(a|aa)+$"
TEXTS = ["longevity-100gb", "", "two\nlines", "ünïcode ✓", "a.b", "lone \ud800 half"]


@pytest.mark.parametrize("wanted", [["100gb"], ["^two.lines$"], ["(?s)^two.lines$"], [r"a\.b", "✓"], ["^$"], [], ["", "("[:0]], ["."]])
async def test_finds_what_re_finds(wanted: list[str]) -> None:
    async with searching(Pools(), wanted) as found:
        assert await found(TEXTS) == [any(re.search(each, text) for each in wanted) for text in TEXTS]
        assert await found([]) == []
        assert await found(["100gb"]) == [any(re.search(each, "100gb") for each in wanted)]


async def test_an_expression_that_runs_away_is_stopped_while_others_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.5)
    pauses = []

    async def others() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            pauses.append(time.perf_counter() - before)

    beside = asyncio.create_task(others())
    with pytest.raises(TooSlow, match="without an end"):
        async with searching(Pools(), [RUNAWAY]) as found:
            await found(["a" * 5000 + "!"])
    beside.cancel()
    assert len(pauses) > 10


async def test_searches_of_one_block_take_turns() -> None:
    async with searching(Pools(), ["^x+$"]) as found:
        answers = await asyncio.gather(*(found(["x" * n, "y"] * 500) for n in range(1, 21)))
    assert answers == [[True, False] * 500] * 20


@pytest.mark.parametrize("pattern", ["(", "[", "x" * 1001, "*", "(?P<a", "a{99999999999999}"])
def test_malformed_and_long_ones_are_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        check(pattern)


PIECES = [
    r"a",
    r"b",
    r"1",
    r".",
    r"\.",
    r"\d",
    r"\w",
    r"\W",
    r"\s",
    r"\b",
    r"^",
    r"$",
    r"\Z",
    r"é",
    r"-",
    r":",
    r"{",
    r"}",
    r"{e}",
    r"{2}",
    r"{1,}",
    r"{,2}",
    r"{e<=1}",
    r"{i}",
    r"[ab]",
    r"[^a]",
    r"[]a]",
    r"[^]a]",
    r"[[:alpha:]]",
    r"[a[b]",
    r"[a-c]",
    r"[\]a]",
    r"(?i)",
    r"(?s:.)",
    r"(?=a)",
    r"(?!a)",
    r"(?<=a)",
    r"(?<!a)",
    r"(?#[{)",
    r"(?>a|ab)",
    r"\1",
    r"a++",
]
pieces = st.recursive(
    st.sampled_from(PIECES),
    lambda part: st.one_of(
        st.lists(part, min_size=1, max_size=4).map("".join),
        st.tuples(part, st.sampled_from(["*", "+", "?", "{2}", "{,1}", "*?", "{1,2}?", "{e}"])).map("".join),
        part.map(lambda inner: f"({inner})"),
        part.map(lambda inner: f"(?:{inner})"),
        st.tuples(part, part).map(lambda both: f"(?:{both[0]}|{both[1]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=1500, deadline=None)
@given(pattern=pieces, texts=st.lists(st.text("ab1 .-:{}e[]xéÉ\n", max_size=8), min_size=1, max_size=8))
def test_an_expression_means_what_it_means_to_re(pattern: str, texts: list[str]) -> None:
    try:
        check(pattern)
    except re.error:
        return
    compiled = _compiled(pattern)
    for text in texts:
        assert (compiled.search(text) is None) == (re.search(pattern, text) is None), (pattern, text)


async def test_many_runaways_have_few_threads_and_the_rest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.02)
    pools = Pools()

    async def search() -> type[Exception]:
        with pytest.raises((TooSlow, ServiceBusy)) as raised:
            async with searching(pools, [RUNAWAY]) as found:
                await found(["a" * 5000 + "!"])
        return raised.type

    running = [asyncio.create_task(search()) for _ in range(PATTERNS.threads + PATTERNS.waiting + 5)]
    await asyncio.sleep(0)
    assert pools.of(PATTERNS).busy == PATTERNS.threads
    outcomes = await asyncio.gather(*running)
    assert outcomes.count(ServiceBusy) == 5
    assert outcomes.count(TooSlow) == PATTERNS.threads + PATTERNS.waiting
