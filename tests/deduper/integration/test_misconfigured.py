"""A deduper that cannot run says so before anything is written; one that is asked to starts by itself when a run has ended."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from strangler.registry import Lane
from tests.deduper.integration.conftest import deduping, ended, run_with_events
from tests.deduper.integration.plays import ACTOR, report
from tests.serving import Server

pytestmark = pytest.mark.anyio
JOBS = "/deduper/jobs"


@pytest.fixture(scope="module", params=["flask", "fastapi"])
async def wide(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    """A server whose settings tests change: they are read for each job."""
    folder = tmp_path_factory.mktemp("wide")
    (folder / "plays").mkdir()
    async with deduping(folder, cast("Lane", request.param), DEDUPER_ALLOWED_DIRS=["/"], DEDUPER_AUTO=True) as running:
        yield running


def broken(folder: Path, how: str) -> dict[str, Any]:
    """Settings with which no job can be run."""
    (folder / "a-file").touch()
    settings: dict[str, dict[str, Any]] = {
        "command": {"DEDUPER_COMMAND": f"{folder}/no-such-script"},
        "program": {"DEDUPER_COMMAND": f"{sys.executable} {folder}/no-such-script.py"},
        "outside": {"DEDUPER_COMMAND": f"{sys.executable} {ACTOR}", "DEDUPER_ALLOWED_DIRS": [str(folder)]},
        "quotes": {"DEDUPER_COMMAND": 'sh "unfinished'},
        "workDir": {"DEDUPER_WORK_DIR": folder / "a-file"},
        "environment": {"DEDUPER_REQUIRED_ENV": ["A_VARIABLE_THAT_NOBODY_SETS"]},
    }
    return settings[how]


@pytest.mark.parametrize(
    ("how", "check"),
    [
        ("command", "command"),
        ("program", "command"),
        ("outside", "command"),
        ("quotes", "command"),
        ("workDir", "workDir"),
        ("environment", "environment"),
    ],
)
async def test_what_is_missing_is_told_before_any_row_is_written(
    wide: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str, check: str
) -> None:
    for name, value in broken(tmp_path, how).items():
        monkeypatch.setattr(wide.runtime.settings, name, value)
    run_id = await report(wide, "completes")
    async with wide.client("alice") as alice, wide.client(None) as anybody:
        refused = await alice.post(JOBS, json={"reportId": run_id})
        assert (refused.status_code, refused.json()["code"]) == (503, "deduper_misconfigured")
        assert refused.json()["configuration"] == {check: {"ok": False, "required": True}}
        jobs = await alice.get(JOBS, params={"lookup": "1", "reportId": run_id})
        assert jobs.json()["jobs"] == []
        known, unknown = await alice.get("/deduper/health"), await anybody.get("/deduper/health")
    for health in (known, unknown):
        assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
        assert health.json()["configuration"][check]["ok"] is False
    assert "detail" in known.json()["configuration"][check]
    assert "detail" not in unknown.json()["configuration"][check]
    assert str(tmp_path) not in unknown.text


async def test_a_program_that_cannot_be_started_fails_its_job(wide: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    monkeypatch.setattr(wide.runtime.settings, "DEDUPER_COMMAND", str(script))
    async with wide.client("alice") as alice:
        began = await alice.post(JOBS, json={"reportId": await report(wide, "completes")})
        job = await ended(alice, began.json()["job"]["jobId"])
    assert (job["status"], job["error"]["code"]) == ("failed", "launch_failed")
    assert "No such file" in job["error"]["message"]


async def test_a_program_that_goes_missing_while_its_job_waits_fails_it(
    wide: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setattr(wide.runtime.settings, "DEDUPER_COMMAND", str(script))
    monkeypatch.setattr(wide.runtime.settings, "DEDUPER_MAX_CONCURRENT", 0)  # the job waits for a slot
    async with wide.client("alice") as alice:
        began = await alice.post(JOBS, json={"reportId": await report(wide, "completes")})
        script.unlink()
        monkeypatch.setattr(wide.runtime.settings, "DEDUPER_MAX_CONCURRENT", 2)
        job = await ended(alice, began.json()["job"]["jobId"])
    assert (job["status"], job["error"]["code"], job["pid"]) == ("failed", "configuration_error", None)


@pytest.mark.parametrize(("events", "starts"), [(49, False), (60, True)])
async def test_a_run_that_ends_with_many_failures_is_clustered_by_itself(wide: Server, events: int, starts: bool) -> None:
    run_id = await run_with_events(wide, events)
    async with wide.client("alice") as alice:
        finished = await alice.post(f"/api/v1/client/testrun/scylla-cluster-tests/{run_id}/finalize", json={"schema_version": "v8"})
        assert finished.json()["status"] == "ok", finished.text
        await wide.runtime.settle()
        found = (await alice.get(JOBS, params={"lookup": "1", "reportId": run_id})).json()["jobs"]
        assert [job["createdBy"] for job in found] == (["auto"] if starts else [])
        if starts:
            assert (await ended(alice, found[0]["jobId"]))["status"] == "completed"
            page = (await alice.get(f"/deduper/reports/{run_id}/clusters")).json()
            assert sum(cluster["size"] for cluster in page["items"]) == events
