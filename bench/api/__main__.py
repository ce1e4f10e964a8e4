"""`python -m bench.api [--scale 1] [--seconds 1] [--rounds 7]`: the hottest routes under a full database, on both lanes.

First requests per second and the times of half and of 99 of 100 answers; then whether what is bounded stays as fast when there is ten
times as much data: medians of interleaved rounds, one request at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from argus.cli.stores import open_at
from argus.kit.settings import Settings
from bench.api.data import Size, load
from bench.api.load import measure
from bench.api.routes import Hot, hot_routes
from bench.process import argus

LANES = ("flask", "fastapi")
CONNECTIONS = 16
FLAT = 1.2


async def fill(folder: Path, size: Size) -> None:
    """A new embedded database below `folder`."""
    url = f"sqlite:///{folder}/argus.sqlite"
    async with open_at(url, Settings(STORAGE=url, SECRET_KEY="bench", DATA_DIR=folder)) as store:
        rows = await load(store, size)
    print(f"{size}: {rows} rows", flush=True)


@contextlib.contextmanager
def serving(folder: Path, lane: str) -> Iterator[int]:
    """A server over a database; gives its port."""
    with argus(folder, f"sqlite:///{folder}/argus.sqlite", lane) as (port, _):
        yield port


async def rates(folder: Path, seconds: float) -> None:
    """Every route on both lanes, over several connections."""
    print(f"\n{'route':34}" + "".join(f"{lane + ' a second':>18}{'p50 ms':>9}{'p99 ms':>9}" for lane in LANES))
    with contextlib.ExitStack() as servers:
        ports = [servers.enter_context(serving(folder, lane)) for lane in LANES]
        for hot in hot_routes():
            line = f"{hot.name:34}"
            for port in ports:
                await measure(port, hot.request, 4, seconds / 5)
                found = await measure(port, hot.request, CONNECTIONS, seconds)
                line += f"{found.a_second:18.0f}{found.share(0.5):9.1f}{found.share(0.99):9.1f}"
            print(line, flush=True)


async def flatness(small: Path, large: Path, rounds: int, seconds: float) -> bool:
    """How the time of a bounded read changes when there is ten times as much; whether all stay within a fifth."""
    flat = True
    print(f"\n{'one request at a time, FastAPI':34}{'small ms':>10}{'large ms':>10}{'ratio':>8}")
    with serving(small, "fastapi") as first, serving(large, "fastapi") as second:
        for hot in (hot for hot in hot_routes() if hot.bounded):
            ratio = await _ratio(hot, (first, second), rounds, seconds)
            flat &= ratio <= FLAT
    return flat


async def _ratio(hot: Hot, ports: tuple[int, int], rounds: int, seconds: float) -> float:
    medians: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for port, found in zip(ports, medians, strict=True):
            found.append((await measure(port, hot.request, 1, seconds)).share(0.5))
    small, large = map(statistics.median, medians)
    print(f"{hot.name:34}{small:10.2f}{large:10.2f}{large / small:8.2f}{'' if large / small <= FLAT else '  grows'}", flush=True)
    return large / small


async def main(scale: float, seconds: float, rounds: int) -> int:
    """The benchmark; 1 when a bounded read grows with the data."""
    size = Size().times(scale)
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name) / "small", Path(name) / "large"
        for folder in (small, large):
            folder.mkdir()
        await fill(small, size.times(0.1))
        await fill(large, size)
        await rates(large, seconds)
        return 0 if await flatness(small, large, rounds, seconds / 4) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.api")
    parser.add_argument("--scale", type=float, default=1, help="1: 20 releases, 400 tests, 8,000 runs, 200,000 events")
    parser.add_argument("--seconds", type=float, default=1, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=7, help="of the comparison of sizes")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.scale, given.seconds, given.rounds)))
