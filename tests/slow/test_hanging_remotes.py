"""A Jenkins and a GitHub that hang, and two hundred people who wait for them: nobody else notices."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.attacks.harness import TOKENS, Target, attacked
from tests.features.tracker.making import make

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240)]

WAITING = 100  # callers of each of the two
WINDOWS = 6  # of each server, in turns, while the callers wait
SECONDS, BEAT = 1.0, 0.01  # of one window, between two of its requests
TIMES, FLOOR = 1.2, 0.005  # how much slower the slowest may be: so many times, and what the clocks of a busy machine differ by (s)
WANTED = {"gitRepo": "https://github.com/acme/db", "gitBranch": "main", "pipelineFile": "p"}


@pytest.fixture(params=["fastapi", "flask"])
def targets(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Target]]:
    """Two workers for which Jenkins, and the way to GitHub, take every connection and say nothing."""
    with ExitStack() as stack:
        jenkins, proxy = (stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1000)) for _ in range(2))
        settings = {
            "ARGUS_JENKINS_URL": f"http://127.0.0.1:{jenkins.getsockname()[1]}",
            "ARGUS_GITHUB_ACCESS_TOKEN": "token",
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.getsockname()[1]}",
        }
        folders = [tmp_path / name for name in ("busy", "quiet")]
        for folder in folders:
            folder.mkdir()
        yield [stack.enter_context(attacked(request.param, folder, **settings)) for folder in folders]


async def p99(target: Target) -> float:
    """Of a page that needs nobody else, asked in a steady rhythm for the time of a window."""
    took: list[float] = []
    async with httpx.AsyncClient(base_url=target.url, headers={"Authorization": f"token {TOKENS['bob']}"}, timeout=30) as local:
        assert (await local.get("/api/v1/releases")).json()["status"] == "ok"
        began = beat = time.perf_counter()
        while beat - began < SECONDS:
            await asyncio.sleep(max(0.0, beat - time.perf_counter()))
            assert (await local.get("/api/v1/releases")).status_code == 200
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


async def in_turns(busy: Target, quiet: Target) -> tuple[list[float], list[float]]:
    """The p99 of each window of both; who comes first changes from turn to turn, so that what else the machine does meets both."""
    found: dict[str, list[float]] = {busy.url: [], quiet.url: []}
    for turn in range(WINDOWS):
        for target in (busy, quiet) if turn % 2 else (quiet, busy):
            found[target.url].append(await p99(target))
    return found[busy.url], found[quiet.url]


async def test_who_waits_for_a_hanging_remote_slows_nobody(targets: list[Target]) -> None:
    busy, quiet = targets
    async with by(busy, "alice") as alice:
        made = await make(alice)
        await made.new_test("t", plugin="scylla-cluster-tests")
        job = made.job("t")
        jenkins = ("/api/v1/jenkins/params", {"buildId": job, "buildNumber": 1})
        github = ("/api/v1/jenkins/clone/settings/validate", {"buildId": job, "newSettings": WANTED})
        for target in targets:
            await p99(target)  # both have done everything once
        callers = [asyncio.create_task(alice.post(path, json=body)) for path, body in (jenkins, github) for _ in range(WAITING)]
        await asyncio.sleep(1)
        hanging = await waiting(busy)
        slow, usual = await in_turns(busy, quiet)
        still = sum(not caller.done() for caller in callers)
        answers = await asyncio.gather(*callers)
    shown = [", ".join(f"{each * 1000:.1f}" for each in windows) for windows in (slow, usual)]
    print(f"\n{busy.lane}: p99 by window {shown[0]} ms beside {hanging} that wait ({still} to the end); {shown[1]} ms beside nobody")
    assert {answer.json()["status"] for answer in answers} == {"error"}
    if busy.lane == "fastapi":
        assert hanging == 2 * (WAITING - 8), "all but those that have a place"
        assert still >= WAITING, "they waited all the time"
    else:
        assert sum("too many requests wait for other systems" in answer.text for answer in answers) >= 2 * WAITING - 20
    assert median(slow) <= TIMES * median(usual) + FLOOR
