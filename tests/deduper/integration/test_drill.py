"""The way back, as a drill: traffic, a job that runs, a roll-back and another cut-over; then a canary with a shell that fails."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from strangler import edit
from tests.deduper.integration.conftest import ended
from tests.deduper.integration.plays import begin, left_behind, playing
from tests.serving import ROOT, Server

pytestmark = pytest.mark.anyio

LANE = "x-argus-lane"


async def test_a_rollback_under_traffic_loses_no_request_and_no_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry = tmp_path / "migration_status.yaml"
    shutil.copy(ROOT / "migration_status.yaml", registry)
    protocol: list[str] = []
    async with playing(tmp_path, None, REGISTRY=registry) as server, server.client("alice") as caller:
        job_id = await begin(server, caller, "completes 12")
        answers: list[tuple[str, int]] = []
        leaving = asyncio.Event()
        traffic = asyncio.create_task(_traffic(server, job_id, answers, leaving))
        await _lane(answers, "fastapi")
        protocol.append(
            f"{len(answers)} requests answered by fastapi, job {(await caller.get(f'/deduper/jobs/{job_id}')).json()['status']}"
        )
        await _has_process(caller, job_id)
        before = (await caller.get(f"/deduper/jobs/{job_id}")).json()

        registry.write_text(edit.roll_back(registry.read_text(), "deduper"))
        await _lane(answers, "flask")
        seen = await caller.get(f"/deduper/jobs/{job_id}")
        assert seen.headers[LANE] == "flask"
        assert (seen.json()["jobId"], seen.json()["pid"]) == (job_id, before["pid"])
        protocol.append(f"rolled back: flask sees job {job_id[:8]}… {seen.json()['status']}, attempt {seen.json()['attempt']}")

        registry.write_text(edit.cut_over(registry.read_text(), "deduper"))
        await _lane(answers, "fastapi")
        job = await ended(caller, job_id)
        leaving.set()
        await traffic
        assert (job["status"], job["attempt"]) == ("completed", 1)
        failed = [one for one in answers if one[1] >= 400]
        assert failed == []
        protocol.append(f"cut over: fastapi answers, the job is {job['status']} in attempt {job['attempt']}")
        protocol.append(f"{len(answers)} requests in all, {len(failed)} failed")
        assert left_behind(server, job_id) == []
    with capsys.disabled():
        print("\n" + "\n".join(protocol))


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


async def test_a_staged_roll_out_takes_itself_back_when_the_new_shell_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """5 % of the callers, then 25 %, then all; the new shell begins to fail at 25 %, and the guard gives everybody back to Flask."""
    registry = tmp_path / "migration_status.yaml"
    registry.write_text(edit.roll_back((ROOT / "migration_status.yaml").read_text(), "deduper"))
    async with playing(tmp_path, None, REGISTRY=registry) as server:
        registry.write_text(edit.set_canary(registry.read_text(), 5, "deduper"))
        early = await _asked(server, lambda answers: ("fastapi", 200) in answers)
        assert all(status == 200 for _, status in early)
        _seed_failure(monkeypatch)
        registry.write_text(edit.set_canary(registry.read_text(), 25, "deduper"))
        late = await _asked(server, lambda answers: len(answers) > 60 and set(answers[-60:]) == {("flask", 200)})
        assert any(status >= 500 for _, status in late), "the canary reached nobody"


async def _asked(server: Server, enough: Callable[[list[tuple[str, int]]], bool]) -> list[tuple[str, int]]:
    """Lane and status of requests of ever other addresses, until there is enough."""
    answers: list[tuple[str, int]] = []
    for number in range(4000):
        address = (f"10.1.{number // 250}.{number % 250}", 50_000)
        transport = httpx.ASGITransport(app=server.app, raise_app_exceptions=False, client=address)
        async with httpx.AsyncClient(transport=transport, base_url="http://argus.test") as caller:
            answer = await caller.get("/deduper/")
        answers.append((answer.headers.get(LANE, "none"), answer.status_code))
        if enough(answers):
            return answers
    raise AssertionError(answers[-100:])


def _seed_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any) -> Any:
        raise RuntimeError("seeded")

    monkeypatch.setattr("argus.features.deduper.router.answer", fails)
