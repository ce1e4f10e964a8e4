"""`python -m bench.cost [--cassandra HOST:PORT] [--seconds 1] [--connections 16] [--tokens 1] [--only NAME] [--lane …]`

What each request costs, on SQLite and (where one is named, here or in ARGUS_TEST_CASSANDRA) on a Cassandra of this machine: statements
a request, processor time of the server and of the database in microseconds, and how many times that is of what an application of one route
takes under the same server in the same run. Figures are of the processor, so others who work beside disturb them little.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from argus.cli.stores import open_at, schema_of
from argus.kit.settings import Settings
from argus.web.app import create_gateway
from bench.api.load import measure
from bench.cost.data import KEYSPACE, TOKENS, fill, keyspaces, report_results, tokens
from bench.cost.routes import Ask, asks, http
from bench.cost.statements import REPORTED, statements
from bench.process import argus, bare, listening, used
from bench.storage.__main__ import own_cassandra

LANES = ("fastapi", "flask")
ROUNDS = 3
WARMING = 3.0  # seconds of each request
TABLETS = {"SCYLLA_TABLETS_KEYSPACE_NAME": f"{KEYSPACE}_tablets"}


@dataclass(frozen=True, slots=True)
class Place:
    """A store: its URL, and the process of its database (0: it is embedded)."""

    name: str
    url: str
    database: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time a request, requests a second, and milliseconds of half the answers."""

    server: float
    database: float
    a_second: float
    p50: float


async def cost(port: int, server: int, database: int, request: Callable[[], bytes], connections: int, seconds: float) -> Cost:
    """The median of some rounds."""
    await measure(port, request, min(4, connections), seconds / 4)
    rounds: list[Cost] = []
    for _ in range(ROUNDS):
        before = used(server), used(database) if database else 0.0
        found = await measure(port, request, connections, seconds / ROUNDS)
        asked = len(found.times) / 1e6
        stored = (used(database) - before[1]) / asked if database else 0.0
        rounds.append(Cost((used(server) - before[0]) / asked, stored, found.a_second, found.share(0.5)))
    middle = [statistics.median(values) for values in zip(*[(r.server, r.database, r.a_second, r.p50) for r in rounds], strict=True)]
    return Cost(*middle)


def _requests(ask: Ask, callers: int) -> Callable[[], bytes]:
    names = itertools.cycle(tokens(callers))
    if ask.name == "reporting":
        return lambda: http(ask.make(), next(names))
    ready = itertools.cycle([http(ask.make(), token) for token in tokens(callers)])
    return lambda: next(ready)


async def count(folder: Path, place: Place, wanted: list[Ask]) -> dict[str, float]:
    """Statements a request."""
    settings = Settings(
        STORAGE=place.url,
        SCYLLA_TABLETS_KEYSPACE_NAME=f"{KEYSPACE}_tablets",
        DATA_DIR=folder,
        SECRET_KEY="of-the-benchmark-only-and-long-enough",
        EMAIL_ENABLED=False,
        JOBS_ENABLED=False,
    )
    app = create_gateway(settings, lane="fastapi")
    async with app.fastapi_app.router.lifespan_context(app.fastapi_app):
        asked = await statements(app, app.fastapi_app.state.runtime.store, tokens(1)[0], wanted)
    return {name: len(each) / (REPORTED if name == "reporting" else 1) for name, each in asked.items()}


async def table(place: Place, folder: Path, lane: str, wanted: list[Ask], counted: dict[str, float], given: argparse.Namespace) -> None:
    """Measure and print every request on one lane over one store."""
    with bare() as (bare_port, bare_process), argus(folder, place.url, lane, **TABLETS) as (port, server):
        plain = b"GET /bare HTTP/1.1\r\nHost: argus\r\n\r\n"
        if place.database:  # one that has just been started compiles itself first, which is no cost of a request
            for ask in wanted:
                if ask.name != "reporting":  # it adds events, which others then read
                    await measure(port, _requests(ask, given.tokens), given.connections, WARMING)
        yardstick = (await cost(bare_port, bare_process, 0, lambda: plain, given.connections, given.seconds)).server
        print(
            f"\n{place.name}, {lane} lane; {given.connections} connections, {given.tokens} token(s); bare application: {yardstick:.0f} µs"
        )
        print(f"{'request':28}{'statements':>11}{'server µs':>11}{'× bare':>8}{'goal':>6}{'database µs':>13}{'a second':>10}{'p50 ms':>8}")
        for ask in wanted:
            found = await cost(port, server, place.database, _requests(ask, given.tokens), given.connections, given.seconds)
            goal = f"{ask.goal:.0f}" if ask.goal else ""
            print(
                f"{ask.name:28}{counted[ask.name]:11.1f}{found.server:11.0f}{found.server / yardstick:8.1f}{goal:>6}"
                f"{found.database:13.0f}{found.a_second:10.0f}{found.p50:8.1f}",
                flush=True,
            )


async def one_place(place: Place, folder: Path, given: argparse.Namespace) -> None:
    """Fill a store, then measure both lanes over it."""
    settings = Settings(STORAGE=place.url, SCYLLA_TABLETS_KEYSPACE_NAME=f"{KEYSPACE}_tablets", SECRET_KEY="bench", DATA_DIR=folder)
    async with open_at(place.url, settings) as store:
        await store.engine.apply(await store.engine.schema(*schema_of(settings)))
        await fill(store)
    with argus(folder, place.url, "fastapi", **TABLETS) as (port, _):
        await report_results(port)
    wanted = [ask for ask in asks() if not given.only or given.only in ask.name]
    counted = await count(folder, place, wanted)
    for lane in given.lane or LANES:
        await table(place, folder, lane, wanted, counted, given)


async def main(given: argparse.Namespace) -> None:
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        cassandra = None if given.no_cassandra else given.cassandra or own_cassandra()
        if not given.no_sqlite:
            await one_place(Place("SQLite", f"sqlite:///{folder}/argus.sqlite", 0), folder, given)
        if cassandra:
            url = ends.enter_context(keyspaces(cassandra))
            await one_place(Place("Cassandra", url, listening(int(cassandra.rpartition(":")[2]))), folder, given)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.cost")
    parser.add_argument("--cassandra", metavar="HOST:PORT", default=os.environ.get("ARGUS_TEST_CASSANDRA"))
    parser.add_argument("--no-cassandra", action="store_true")
    parser.add_argument("--no-sqlite", action="store_true")
    parser.add_argument("--seconds", type=float, default=1.5, help="of one measurement")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=1, help=f"different callers, at most {TOKENS}")
    parser.add_argument("--lane", action="append", choices=LANES)
    parser.add_argument("--only", help="requests whose name holds this")
    asyncio.run(main(parser.parse_args()))
