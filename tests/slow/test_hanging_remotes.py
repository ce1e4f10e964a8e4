"""A Jenkins and a GitHub that hang, and two hundred people who wait for them: nobody else notices."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.attacks.harness import TOKENS, Target, attacked
from tests.features.tracker.making import make

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240)]

WAITING = 100  # callers of each of the two
SECONDS, BEAT = 6.0, 0.02  # of one measurement, between two of its requests
TIMES, FLOOR = 1.2, 0.005  # how much slower the slowest may be: so many times, and what the clocks of a busy machine differ by (s)
WANTED = {"gitRepo": "https://github.com/acme/db", "gitBranch": "main", "pipelineFile": "p"}


@pytest.fixture(params=["fastapi", "flask"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """A worker for which Jenkins, and the way to GitHub, take every connection and say nothing."""
    with ExitStack() as stack:
        jenkins, proxy = (stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1000)) for _ in range(2))
        settings = {
            "ARGUS_JENKINS_URL": f"http://127.0.0.1:{jenkins.getsockname()[1]}",
            "ARGUS_GITHUB_ACCESS_TOKEN": "token",
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.getsockname()[1]}",
        }
        yield stack.enter_context(attacked(request.param, tmp_path, **settings))


async def p99(target: Target) -> float:
    """Of a page that needs nobody else, asked in a steady rhythm."""
    took: list[float] = []
    async with httpx.AsyncClient(base_url=target.url, headers={"Authorization": f"token {TOKENS['bob']}"}, timeout=30) as local:
        began = beat = time.perf_counter()
        while beat - began < SECONDS:
            await asyncio.sleep(max(0.0, beat - time.perf_counter()))
            assert (await local.get("/api/v1/releases")).json()["status"] == "ok"
            took.append(time.perf_counter() - beat)
            beat += BEAT
    return sorted(took)[int(len(took) * 0.99)]


async def waiting(target: Target) -> int:
    """Callers who are with the two, or wait for a place there."""
    async with httpx.AsyncClient(base_url=target.url, timeout=30) as scraper:
        text = (await scraper.get("/metrics")).text
    return int(sum(float(number) for number in re.findall(r'argus_remote_waiting\{remote="(?:GitHub|Jenkins)"\} (\S+)', text)))


def by(target: Target, actor: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(base_url=target.url, headers={"Authorization": f"token {TOKENS[actor]}"}, timeout=60, limits=limits)


async def test_who_waits_for_a_hanging_remote_slows_nobody(target: Target) -> None:
    async with by(target, "alice") as alice:
        made = await make(alice)
        await made.new_test("t", plugin="scylla-cluster-tests")
        job = made.job("t")
        jenkins = ("/api/v1/jenkins/params", {"buildId": job, "buildNumber": 1})
        github = ("/api/v1/jenkins/clone/settings/validate", {"buildId": job, "newSettings": WANTED})
        quiet = [await p99(target) for _ in range(2)]
        callers = [asyncio.create_task(alice.post(path, json=body)) for path, body in (jenkins, github) for _ in range(WAITING)]
        await asyncio.sleep(1)
        hanging = await waiting(target)
        slow = await p99(target)
        answers = await asyncio.gather(*callers)
    quiet.append(await p99(target))
    print(f"\n{target.lane}: p99 {slow * 1000:.1f} ms, {hanging} wait for a place; quiet: {[f'{each * 1000:.1f}' for each in quiet]} ms")
    assert {answer.json()["status"] for answer in answers} == {"error"}
    if target.lane == "fastapi":
        assert hanging == 2 * (WAITING - 8), "all but those that have a place"
    else:
        assert sum("too many requests wait for other systems" in answer.text for answer in answers) >= 2 * WAITING - 20
    assert slow <= TIMES * max(quiet) + FLOOR
