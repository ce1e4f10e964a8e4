"""Fifty Flask views that hang: FastAPI's routes do not notice, the Flask lane serves again afterwards, and the process can leave."""

from __future__ import annotations

import asyncio
import json
import signal
import statistics
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from strangler.drain import LINGER, PERIOD
from strangler.gateway import GIVEN_UP_SECONDS
from tests.slow.seeded import serving
from tests.slow.wire import Answer, Connection

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]

HANGING = 50
THREADS = 20  # of the Flask lane
ROUNDS, SECONDS, CONNECTIONS = 15, 1.0, 8
IN_FLIGHT = 3  # seconds that the server gives to what is in flight
REGISTRY = """\
version: 1
blueprints:
  hanging:
    owner: flask
    routes:
      - {path: "/hang", methods: [GET]}
      - {path: "/hang-in-service", methods: [GET]}
      - {path: "/task/right", methods: [GET]}
  told:
    owner: fastapi
    routes:
      - {path: "/quick", methods: [GET]}
      - {path: "/told", methods: [GET]}
      - {path: "/hangs/<how>", methods: [POST]}
unlisted: flask
"""
WAYS = pytest.mark.parametrize("way", ["/hang", "/hang-in-service"])


class Measured(NamedTuple):
    rate: float  # answers a second
    p99: float  # seconds


async def measure(port: int) -> Measured:
    """FastAPI's route, asked over a few connections as fast as it answers."""
    until, took = time.perf_counter() + SECONDS, list[float]()

    async def caller() -> None:
        connection = Connection(port)
        while (began := time.perf_counter()) < until:
            assert (await connection.ask("GET", "/quick")).status == 200
            took.append(time.perf_counter() - began)
        connection.close()

    await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))
    return Measured(len(took) / SECONDS, statistics.quantiles(took, n=100)[98])


async def threads(port: int) -> tuple[int, int]:
    """Threads of the Flask lane that are busy, and requests that wait for one."""
    found = json.loads((await Connection(port, keep_alive=False).ask("GET", "/told")).body)["flask_threads"]
    return found["busy"], found["queued"]


async def hang(port: int, way: str) -> list[asyncio.Task[Answer]]:
    """Requests that hang by now."""
    assert (await Connection(port, keep_alive=False).ask("POST", "/hangs/hold", b"{}")).status == 200
    tasks = [asyncio.create_task(Connection(port, keep_alive=False).ask("GET", way)) for _ in range(HANGING)]
    async with asyncio.timeout(10):
        while await threads(port) != (THREADS, HANGING - THREADS):
            await asyncio.sleep(0.05)
    return tasks


@WAYS
async def test_fastapi_does_not_notice_and_flask_recovers(way: str, tmp_path: Path) -> None:
    with serving(tmp_path, REGISTRY) as (port, _):
        await measure(port)  # warm
        free, hung = [await measure(port)], list[Measured]()
        for _ in range(ROUNDS):
            tasks = await hang(port, way)
            hung.append(await measure(port))
            assert not any(task.done() for task in tasks)
            await Connection(port, keep_alive=False).ask("POST", "/hangs/release", b"{}")
            assert {(answer.status, answer.body) for answer in await asyncio.gather(*tasks)} == {(200, b"released")}
            assert (await Connection(port, keep_alive=False).ask("GET", "/task/right")).headers["x-argus-lane"] == "flask"
            free.append(await measure(port))
    around = [Measured(*(statistics.mean(each) for each in zip(*two, strict=True))) for two in pairwise(free)]
    rate = statistics.median(there.rate / here.rate for there, here in zip(hung, around, strict=True))
    p99 = statistics.median(there.p99 / here.p99 for there, here in zip(hung, around, strict=True))
    print(f"{way}: {rate:.2f} of the throughput ({max(hung).rate:.0f} against {max(free).rate:.0f} a second at best), p99 {p99:.2f} times")
    assert rate >= 0.9
    assert p99 < 2


@WAYS
async def test_the_process_leaves_while_they_hang(way: str, tmp_path: Path) -> None:
    with serving(tmp_path, REGISTRY, "--timeout-graceful-shutdown", str(IN_FLIGHT)) as (port, running):
        tasks = await hang(port, way)
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(running.wait, 60)
        took = time.monotonic() - began
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    print(f"{way}: left after {took:.1f} s with {code}; {sum(isinstance(end, Answer) for end in ends)} of {HANGING} were answered")
    assert took <= PERIOD + LINGER + IN_FLIGHT + GIVEN_UP_SECONDS + 2
    assert f"{THREADS} requests of the Flask lane still run" in (tmp_path / "server.log").read_text()
