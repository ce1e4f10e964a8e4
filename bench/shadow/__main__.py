"""The median latency of a route while a tenth of its requests is played on the other lane, against the same without.

One process, without a server around it: requests come at half of what it can serve, whether or not earlier ones are answered, and each
takes from the moment when it was due until its answer has ended. Shadowing is on and off in turns of a second, so that whatever else the
machine does falls on both alike. Nine of ten requests are not played: the median is theirs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop
from starlette.types import Message

from bench.scope import scope_of
from strangler.edit import set_owner
from strangler.gateway import Gateway
from strangler.registry import LANES, Lane
from strangler.shadow import Shadow
from tests.serving import ACTORS, ROOT, Server, serving

BLUEPRINT, PATH = "catalogue", "/api/v1/releases"
RELEASES = 50
ARRIVALS = ("evenly", "by-chance")
TURN = 1.0  # seconds
HEADERS = [
    (b"host", b"argus.test"),
    (b"accept", b"application/json"),
    (b"authorization", f"token {ACTORS['alice']['token']}".encode()),
]


class Load:
    """Requests of one route."""

    def __init__(self, app: Gateway) -> None:
        self.app = app
        self.took: list[float] = []

    async def ask(self, due: float) -> None:
        ended = 0.0

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                assert message["status"] == 200, message
            elif not message.get("more_body"):
                ended = time.perf_counter()

        await self.app(scope_of(PATH, HEADERS), receive, send)
        self.took.append(ended - due)

    async def seconds_of_one(self) -> float:
        """Processor time of a request when the next one follows at once."""
        began, number = time.process_time(), 500
        for _ in range(number):
            await self.ask(0)
        return (time.process_time() - began) / number

    async def turn(self, rate: float, by_chance: bool) -> float:
        """The median latency of a turn at `rate` requests a second, in even steps or by chance."""
        self.took = []
        asked: list[asyncio.Task[None]] = []
        due = began = time.perf_counter()
        while due < began + TURN:
            if (left := due - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            asked.append(asyncio.create_task(self.ask(due)))
            due += random.expovariate(rate) if by_chance else 1 / rate
        await asyncio.gather(*asked)
        return statistics.median(self.took)


def never() -> float:
    return 1.0


async def alternately(load: Load, shadow: Shadow, rate: float, by_chance: bool, turns: int) -> list[tuple[float, float]]:
    """Medians without and with shadowing, turn by turn; each is held against its neighbour."""
    medians: list[float] = []
    for number in range(turns):
        shadow.draw = random.random if number % 2 else never
        medians.append(await load.turn(rate, by_chance))
        shadow.draw = never
        shadow.drop()
        await shadow.settle()
    return [(one, two) if number % 2 == 0 else (two, one) for number, (one, two) in enumerate(pairwise(medians))]


async def measure(server: Server, lane: Lane, arrivals: str, options: argparse.Namespace) -> None:
    app: Gateway = server.app
    shadow: Shadow = app.shadow  # type: ignore[assignment]
    load = Load(app)
    shadow.draw = never
    await load.seconds_of_one()  # warm
    rate = 0.5 / await load.seconds_of_one()
    before = counted(shadow)
    pairs = await alternately(load, shadow, rate, arrivals == "by-chance", options.turns)
    compared, dropped = (now - then for now, then in zip(counted(shadow), before, strict=True))
    low, middle, high = statistics.quantiles((on / off for off, on in pairs), n=4)
    base = statistics.median(off for off, _ in pairs) * 1000
    played = f"{compared / max(compared + dropped, 1):.0%} of the drawn played"
    print(f"{lane:8}{arrivals:10} p50 × {middle:.3f} [{low:.3f} … {high:.3f}]  of {base:.2f} ms at {rate:.0f}/s, {played}", flush=True)


def counted(shadow: Shadow) -> tuple[int, int]:
    """Requests that were played, and that found no room."""
    record = shadow.record(BLUEPRINT)
    return (record.compared, record.dropped) if record else (0, 0)


def registry_in(folder: Path, lane: Lane, percent: float) -> Path:
    """Argus' registry with the blueprint on a lane and shadowed."""
    text = set_owner((ROOT / "migration_status.yaml").read_text(), lane, BLUEPRINT)
    head = f"  {BLUEPRINT}:"
    lines = [f"{line}\n    shadow: {{percent: {percent}}}" if line.startswith(head) else line for line in text.splitlines()]
    (folder / "registry.yaml").write_text("\n".join([*lines, ""]))
    return folder / "registry.yaml"


async def run(options: argparse.Namespace) -> None:
    for lane in options.lane or LANES:
        with tempfile.TemporaryDirectory() as name:
            registry = registry_in(Path(name), lane, options.percent)
            async with serving(Path(name), REGISTRY=registry) as server:
                for number in range(RELEASES):
                    body: Any = {"release_name": f"{number}-{uuid4()}", "pretty_name": f"Release {number}", "perpetual": False}
                    assert (await server.client().post("/admin/api/v1/release/create", json=body)).json()["status"] == "ok"
                for arrivals in options.arrivals or ARRIVALS:
                    await measure(server, lane, arrivals, options)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.shadow", description=__doc__)
    parser.add_argument("--turns", type=int, default=121, help=f"of {TURN:g} s, with and without in turn")
    parser.add_argument("--percent", type=float, default=10)
    parser.add_argument("--lane", action="append", choices=LANES, help="the owner; both when not given")
    parser.add_argument("--arrivals", action="append", choices=ARRIVALS, help="both when not given")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
