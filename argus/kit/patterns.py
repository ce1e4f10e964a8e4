"""Regular expressions of callers, searched where they can be stopped.

Python's `re` holds the interpreter's lock while it searches, and an expression like `(a+)+$` takes longer than anybody waits: in a thread
it would stall the whole server. So a search runs in a process of its own, which is killed when it takes too long. Expressions that are
plain text, most of them, need none.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

LONGEST = 1000  # characters of an expression
PATIENCE = 5.0  # seconds that all texts of one search may take together
SPECIAL = frozenset(".^$*+?{}[]\\|()")
ANSWER = 64 * 1024 * 1024  # bytes of a line between the processes

Found = Callable[[Sequence[str]], Awaitable[list[bool]]]

SEARCHER = """
import json, re, sys
patterns = [re.compile(each) for each in json.loads(sys.stdin.readline())]
for line in sys.stdin:
    print("".join("01"[any(each.search(text) for each in patterns)] for text in json.loads(line)), flush=True)
"""


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
        re.compile(pattern)
    except (RecursionError, OverflowError) as error:
        raise re.error(str(error)) from None
    return pattern


@asynccontextmanager
async def searching(patterns: Sequence[str]) -> AsyncIterator[Found]:
    """A function from texts to whether any of the (checked) expressions is found in each; it raises TooSlow. Lives as long as the block."""
    if not any(SPECIAL.intersection(pattern) for pattern in patterns):

        async def plain(texts: Sequence[str]) -> list[bool]:
            return [any(pattern in text for pattern in patterns) for text in texts]

        yield plain
        return
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(_python(), "-I", "-S", "-c", SEARCHER, stdin=pipe, stdout=pipe, limit=ANSWER)
    asked, told = process.stdin, process.stdout
    assert asked is not None
    assert told is not None
    asked.write(_line(patterns))
    turn, left = asyncio.Lock(), PATIENCE

    async def found(texts: Sequence[str]) -> list[bool]:
        nonlocal left
        if not texts:
            return []
        async with turn:
            started = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(left):
                    asked.write(_line(texts))
                    await asked.drain()
                    answer = (await told.readline()).strip()
            except (TimeoutError, ConnectionError):
                answer = b""
            left = max(0.0, left - (asyncio.get_running_loop().time() - started))
        if len(answer) != len(texts):
            raise TooSlow(f"the regular expression was searched for {PATIENCE:.0f} seconds without an end")
        return [flag == ord("1") for flag in answer]

    try:
        yield found
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _python() -> str:
    """The interpreter, also where another program embeds it (uWSGI)."""
    return sys.executable if "python" in Path(sys.executable).name else str(Path(sys.prefix) / "bin" / "python3")


def _line(texts: Sequence[str]) -> bytes:
    return json.dumps(list(texts)).encode() + b"\n"
