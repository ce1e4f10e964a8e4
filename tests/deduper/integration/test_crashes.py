"""Processes that are killed while a job runs: the job comes to its end all the same, once, and nothing of the first attempt stays.

Each server runs in a process of its own, on one database.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from argus.features.deduper.processes import of_job
from tests.deduper.integration.reporting import report_run
from tests.process import server_process
from tests.serving import ACTORS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes below /proc"),
]

ACTOR = Path(__file__).parents[1] / "fixtures" / "actor.py"
FINAL_WITHIN = 120.0  # seconds, whatever was killed
GONE_WITHIN = 10.0  # seconds for a program whose server is gone


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """A server on the folder's database."""
    (folder / "plays").mkdir(exist_ok=True)
    settings: dict[str, Any] = {
        "ARGUS_DEDUPER_COMMAND": f"{sys.executable} {ACTOR}",
        "ARGUS_DEDUPER_ALLOWED_DIRS": "/",
        "ARGUS_DEDUPER_GRACE_SECONDS": "0.5",
    }
    with server_process(None, f"sqlite:///{folder}/argus.db", folder, *options, **settings) as (url, running):
        headers = {"Authorization": f"token {ACTORS['alice']['token']}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as caller:
            yield caller, running


def begin(caller: httpx.Client, folder: Path, play: str) -> str:
    """Start a job that plays something, and see it run.

    Returns:
        Its id.
    """
    report = str(uuid.uuid4())
    (folder / "plays" / report).write_text(play)
    report_run(caller, report)
    answer = caller.post("/deduper/jobs", json={"reportId": report})
    assert answer.status_code == 201, answer.text
    job_id = str(answer.json()["job"]["jobId"])
    until(lambda: caller.get(f"/deduper/jobs/{job_id}").json()["pid"] and of_job(job_id), 60)
    return job_id


def until(fact: Any, seconds: float) -> Any:
    """Wait for a fact; what it says."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := fact():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s")


def ended(caller: httpx.Client, job_id: str) -> dict[str, Any]:
    def final() -> dict[str, Any] | None:
        try:
            job: dict[str, Any] = caller.get(f"/deduper/jobs/{job_id}").json()
        except httpx.TransportError:  # its connection was that of a worker who died
            return None
        return job if job["status"] in ("completed", "failed", "cancelled") else None

    found: dict[str, Any] = until(final, FINAL_WITHIN)
    return found


def test_a_gateway_that_is_killed_takes_its_programs_along_and_the_next_one_runs_them_again(tmp_path: Path) -> None:
    with serving(tmp_path) as (caller, running):
        job_id = begin(caller, tmp_path, "completes 3")
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        until(lambda: not of_job(job_id), GONE_WITHIN)
    with serving(tmp_path) as (caller, _):
        job = ended(caller, job_id)
    assert (job["status"], job["attempt"], job["result"]["published"]) == ("completed", 2, True)
    assert of_job(job_id) == []


def test_a_worker_that_is_killed_leaves_its_job_to_another(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as (caller, _):
        job_id = begin(caller, tmp_path, "completes 3")
        program = of_job(job_id)[0]
        worker = int(Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(worker, signal.SIGKILL)
        until(lambda: program not in of_job(job_id), GONE_WITHIN)
        job = ended(caller, job_id)
    assert (job["status"], job["attempt"], job["result"]["published"]) == ("completed", 2, True)
    assert of_job(job_id) == []


def test_a_gateway_that_is_told_to_end_gives_its_jobs_back(tmp_path: Path) -> None:
    with serving(tmp_path) as (caller, running):
        job_id = begin(caller, tmp_path, "completes 3")
        running.terminate()
        assert running.wait(30) in (0, -signal.SIGTERM)
        assert of_job(job_id) == []
    with serving(tmp_path) as (caller, _):
        job = ended(caller, job_id)
    assert (job["status"], job["result"]["published"]) == ("completed", True)
