"""The way back, as a drill: traffic, a job that runs, a roll-back and another cut-over; then each stage of a roll-out that goes wrong.

What is seen stands in docs/deduper.md, and is what `argus routes cutover deduper` asks for (tests/deduper/sign_off.py).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from strangler import edit
from tests.cassandra_fixture import cassandra_or_skip
from tests.deduper import protocol
from tests.deduper.integration.conftest import ended
from tests.deduper.integration.plays import begin, left_behind, playing
from tests.serving import ROOT, Server, transport

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

LANE = "x-argus-lane"
Lines = Callable[[list[str]], None]


@pytest.fixture
def told(record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]) -> Lines:
    """Takes the protocol of a drill: shown, handed on, and held against the page."""

    def tell(lines: list[str]) -> None:
        record_property(protocol.PROPERTY, lines)
        with capsys.disabled():
            print("\n" + "\n".join(lines))
        assert protocol.stands_on_the_page(lines), "python -m tests.deduper.sign_off --page"

    return tell


class Place(NamedTuple):
    """Where a drill takes place: the registry that it edits, and the settings of the database that all share."""

    registry: Path
    settings: dict[str, str]

    async def argus(self, *arguments: str) -> str:
        """A command beside the running server, as an operator types it."""
        known = {name: value for name, value in os.environ.items() if not name.startswith("ARGUS_")}
        env = known | {"ARGUS_REGISTRY": str(self.registry), **{f"ARGUS_{name}": value for name, value in self.settings.items()}}
        pipe = asyncio.subprocess.PIPE
        asked = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "argus.cli", *arguments, env=env, cwd=ROOT, stdout=pipe, stderr=pipe
        )
        answer, problem = await asked.communicate()
        assert asked.returncode == 0, problem.decode()
        return answer.decode()

    async def journal(self) -> list[dict[str, Any]]:
        """The entries about the deduper, the last one first."""
        found: list[dict[str, Any]] = json.loads(await self.argus("routes", "journal", "deduper", "--json"))
        return found


@pytest.fixture
def sqlite(tmp_path: Path) -> Place:
    registry = tmp_path / "migration_status.yaml"
    shutil.copy(ROOT / "migration_status.yaml", registry)
    return Place(
        registry, {"STORAGE": f"sqlite:///{tmp_path}/argus.sqlite", "DATA_DIR": str(tmp_path), "SECRET_KEY": "a-key-for-tests-only"}
    )


@pytest.fixture(params=["sqlite", pytest.param("cassandra", marks=pytest.mark.cassandra)])
def place(request: pytest.FixtureRequest, sqlite: Place) -> Iterator[Place]:
    """On each engine: overrides and journal are kept by it, under conditions that each of them writes in its own way."""
    if request.param == "sqlite":
        yield sqlite
        return
    node = cassandra_or_skip()
    with node.keyspaces() as (main, tablets):
        there = {"STORAGE": f"cql://{node.host}:{node.port}/{main}", "SCYLLA_TABLETS_KEYSPACE_NAME": tablets}
        yield Place(sqlite.registry, {**sqlite.settings, **there})


async def test_a_rollback_under_traffic_loses_no_request_and_no_job(tmp_path: Path, sqlite: Place, told: Lines) -> None:
    lines: list[str] = []
    async with playing(tmp_path, None, REGISTRY=sqlite.registry) as server, server.client("alice") as caller:
        job_id = await begin(server, caller, "waits go")
        answers: list[tuple[str, int]] = []
        leaving = asyncio.Event()
        traffic = asyncio.create_task(_traffic(server, job_id, answers, leaving))
        await _lane(answers, "fastapi")
        lines.append(f"{len(answers)} requests answered by fastapi, a job is on its way")
        await _has_process(caller, job_id)
        before = (await caller.get(f"/deduper/jobs/{job_id}")).json()

        await sqlite.argus("routes", "rollback", "deduper", "--why", "drill")
        await _lane(answers, "flask")
        seen = await caller.get(f"/deduper/jobs/{job_id}")
        assert seen.headers[LANE] == "flask"
        assert (seen.json()["jobId"], seen.json()["pid"]) == (job_id, before["pid"])
        lines.append(f"rolled back: flask sees job {job_id[:8]}… {seen.json()['status']}, attempt {seen.json()['attempt']}")

        # the drill is part of what a cut-over asks for: that it comes without is said, and kept
        await sqlite.argus("routes", "cutover", "deduper", "--force", "--why", "drill")
        await _lane(answers, "fastapi")
        (tmp_path / "plays" / "go").touch()
        job = await ended(caller, job_id)
        leaving.set()
        await traffic
        assert (job["status"], job["attempt"]) == ("completed", 1)
        failed = [one for one in answers if one[1] >= 400]
        assert failed == []
        lines.append(f"cut over: fastapi answers, the job is {job['status']} in attempt {job['attempt']}")
        lines.append(f"{len(answers)} requests in all, {len(failed)} failed")
        assert left_behind(server, job_id) == []
        moves = [(entry["before"], entry["after"], entry["why"]) for entry in await sqlite.journal() if entry["what"] == "owner"]
        assert moves == [("flask", "fastapi", "drill"), ("fastapi", "flask", "drill")]
    told(lines)


async def _has_process(caller: httpx.AsyncClient, job_id: str) -> None:
    while (await caller.get(f"/deduper/jobs/{job_id}")).json()["pid"] is None:
        await asyncio.sleep(0.05)


async def _traffic(server: Server, job_id: str, answers: list[tuple[str, int]], leaving: asyncio.Event) -> None:
    async with server.client("bob") as caller:
        while not leaving.is_set():
            for path in (f"/deduper/jobs/{job_id}", "/deduper/jobs/list", "/deduper/", "/test"):
                answer = await caller.get(path)
                answers.append((answer.headers.get(LANE, "none"), answer.status_code))
            await asyncio.sleep(0.02)


async def _lane(answers: list[tuple[str, int]], lane: str) -> None:
    """Once a lane answers the traffic, and for some requests more."""
    for _ in range(1200):
        if len(answers) > 4 and all(one[0] == lane for one in answers[-4:]):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(answers[-8:])


STAGES: dict[str, Callable[[str], str]] = {
    "5 %": lambda text: edit.set_canary(text, 5, "deduper"),
    "25 %": lambda text: edit.set_canary(text, 25, "deduper"),
    "100 %": lambda text: edit.set_canary(text, 100, "deduper"),
    "cut over": lambda text: edit.cut_over(text, "deduper"),
}


@pytest.mark.parametrize("stage", STAGES)
async def test_a_stage_takes_itself_back_when_the_new_shell_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place, stage: str, told: Lines
) -> None:
    """The stages before went well; in this one the new shell begins to fail, and the guard gives everybody back to Flask."""
    registry = place.registry
    registry.write_text(edit.roll_back(registry.read_text(), "deduper"))
    await place.argus("db", "sync")
    async with playing(tmp_path, None, REGISTRY=registry, **place.settings) as server, server.client("alice") as alice:
        job_id = await begin(server, alice, "chatty")
        async with asyncio.timeout(60):
            await _has_process(alice, job_id)
        before = list(STAGES)[: list(STAGES).index(stage)]
        for well in before:
            registry.write_text(STAGES[well](registry.read_text()))
            seen = await _asked(server, lambda answers: ("fastapi", 200) in answers)
            assert all(status == 200 for _, status in seen), well
        _seed_failure(monkeypatch)
        registry.write_text(STAGES[stage](registry.read_text()))
        file = registry.read_text()
        answers = await _asked(server, lambda _: "deduper" in server.app.control.overrides.standing)
        failed = [one for one in answers if one[1] >= 500]
        assert {lane for lane, _ in failed} == {"fastapi"}
        await _asked(server, lambda answers: len(answers) >= 60 and set(answers[-60:]) == {("flask", 200)})
        assert registry.read_text() == file, "what the guard does stands over the file, which is for people"
        entry, *again = [entry for entry in await place.journal() if entry["source"] == "guard"]
        assert (entry["subject"], entry["after"]) == ("deduper", "flask")
        assert {(each["subject"], each["after"]) for each in again} <= {("deduper", "flask")}, (
            "a write that was not confirmed in time is done again"
        )
        job = (await alice.get(f"/deduper/jobs/{job_id}")).json()
        assert (job["status"], job["attempt"]) == ("running", 1), "a job belongs to no lane"
        await alice.post(f"/deduper/jobs/{job_id}/cancel", params={"wait": "1"})
    told([f"{stage}: the new shell fails {len(failed)} of {len(answers)} requests, flask has everybody back", f"  {entry['why']}"])


async def _asked(server: Server, enough: Callable[[list[tuple[str, int]]], bool]) -> list[tuple[str, int]]:
    """Lane and status of requests of ever other addresses, until there is enough."""
    answers: list[tuple[str, int]] = []
    async for answer in _of_many(server):
        answers.append((answer.headers.get(LANE, "none"), answer.status_code))
        if enough(answers):
            return answers
    raise AssertionError(answers[-100:])


async def _of_many(server: Server) -> AsyncIterator[httpx.Response]:
    for number in range(6000):
        way = transport(server.app, f"10.1.{number // 250}.{number % 250}")
        async with httpx.AsyncClient(transport=way, base_url="http://argus.test") as caller:
            yield await caller.get("/deduper/")
        await asyncio.sleep(0.001)  # requests of one process never wait for anything: the guard would get no turn


def _seed_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any) -> Any:
        raise RuntimeError("seeded")

    monkeypatch.setattr("argus.features.deduper.router.answer", fails)
