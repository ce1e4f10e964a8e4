"""Regular expressions of callers, searched where they can be stopped.

Python's `re` holds the interpreter's lock while it searches, and an expression like `(a+)+$` takes longer than anybody waits: in a thread
it would stall the whole server. The `regex` package lets go of the lock and stops when its time is over (processor time, as it counts);
written as `_for_regex` puts it, an expression means there what it means to `re`. Searches run in a pool of their own, so there are never
more than a few of them at a time. Expressions that are plain text, most of them, need none of this.
"""

from __future__ import annotations

import asyncio
import re
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import regex  # type: ignore[import-untyped]

from argus.kit.pools import PATTERNS, Pools

LONGEST = 1000  # characters of an expression
SEARCH_SECONDS = 2.0  # seconds that all texts of one search may take together
AT_ONCE = 500  # texts that are looked at before others have their turn
SPECIAL = frozenset(".^$*+?{}[]\\|()")

Found = Callable[[Sequence[str]], Awaitable[list[bool]]]


class TooSlow(ValueError):
    """A search took longer than callers may ask for."""


def check(pattern: str) -> str:
    """The expression itself.

    Raises:
        re.error: it is malformed or too long.
    """
    if len(pattern) > LONGEST:
        raise re.error(f"longer than {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python may read otherwise
            re.compile(pattern)
    except (RecursionError, OverflowError) as error:
        raise re.error(str(error)) from None
    return pattern


@asynccontextmanager
async def searching(pools: Pools, patterns: Sequence[str]) -> AsyncIterator[Found]:
    """A function from texts to whether any of the (checked) expressions is found in each; it raises TooSlow and ServiceBusy."""
    if not any(SPECIAL.intersection(pattern) for pattern in patterns):

        async def plain(texts: Sequence[str]) -> list[bool]:
            found: list[bool] = []
            for start in range(0, len(texts), AT_ONCE):
                found += [any(pattern in text for pattern in patterns) for text in texts[start : start + AT_ONCE]]
                await asyncio.sleep(0)
            return found

        yield plain
        return
    search, turn = _Search(patterns), asyncio.Lock()

    async def found(texts: Sequence[str]) -> list[bool]:
        if not texts:
            return []
        async with turn:  # one search has one thread at most
            return await pools.of(PATTERNS).run(search, texts)

    yield found


class _Search:
    """Expressions, and the time that is left for them. Called in one thread after the other."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._compiled: list[Any] = []
        self._left = SEARCH_SECONDS

    def __call__(self, texts: Sequence[str]) -> list[bool]:
        began = time.monotonic()
        until = began + self._left
        self._compiled = self._compiled or [_compiled(pattern) for pattern in self._patterns]
        try:
            return [any(_is_in(text, each, until) for each in self._compiled) for text in texts]
        except TimeoutError:
            raise TooSlow(f"the regular expression was searched for {SEARCH_SECONDS:g} seconds without an end") from None
        finally:
            self._left -= time.monotonic() - began


def _compiled(pattern: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return regex.compile(_for_regex(pattern), regex.VERSION0)


def _is_in(text: str, compiled: Any, until: float) -> bool:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return compiled.search(text, timeout=left, concurrent=True) is not None


_REPEAT = re.compile(r"\{(?:\d+(?:,\d*)?|,\d*)\}")
_WHOLE = re.compile(r"\\.|\(\?#[^)]*\)?", re.DOTALL)  # an escape, a comment


def _for_regex(pattern: str) -> str:
    """The expression with that escaped which means something to `regex` only: fuzzy matching (`{e<=1}`), sets in sets (`[[:alpha:]]`)."""
    written: list[str] = []
    at = 0
    first = None  # where the first member of the set stands that `at` is in
    while at < len(pattern):
        whole = _WHOLE.match(pattern, at) or (_REPEAT.match(pattern, at) if first is None else None)
        part = whole[0] if whole and (first is None or pattern[at] == "\\") else pattern[at]
        if first is None:
            if part == "[":
                first = at + (2 if pattern[at + 1 : at + 2] == "^" else 1)
            written.append("\\{" if part == "{" else part)
        elif part == "]" and at > first:
            first = None
            written.append(part)
        else:
            written.append(f"\\{part}" if part in ("[", "]") else part)
        at += len(part)
    return "".join(written)
