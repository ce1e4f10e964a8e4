"""A program that an earlier attempt left behind is ended before the next one begins, and no other process is."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from argus.db.base import moment
from argus.features.deduper import job_manager, processes
from argus.features.deduper.tables import DedupeJob
from argus.kit.ulids import new_ulid
from argus.platform.work import Work

SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; print('up', flush=True); time.sleep(600)"]
Start = Callable[[str | None], subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process that belongs to a job, or to none, as the leader of a group."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(job_id: str | None) -> subprocess.Popen[bytes]:
        env = {processes.MARK: job_id} if job_id else {}
        found = subprocess.Popen(SLEEPER, env=env, stdout=subprocess.PIPE, start_new_session=True)
        running.append(found)
        assert found.stdout is not None
        assert found.stdout.readline() == b"up\n"
        return found

    yield begin
    for one in running:
        one.kill()
        one.communicate()


def job_of(attempt: int, **values: Any) -> DedupeJob:
    known = {"job_id": new_ulid(), "report_id": "recent", "status": "running", "created_at": moment(), "request_id": "r"}
    return DedupeJob(**{**known, "attempt": attempt, "host": socket.gethostname(), **values})


def adopt(job: DedupeJob) -> None:
    """As the next attempt does before anything else."""

    async def blocking(_: Any, work: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.to_thread(work, *args)

    work = SimpleNamespace(runtime=SimpleNamespace(blocking=blocking), attempt=job.attempt + 1)
    asyncio.run(job_manager._adopt(cast("Work", work), job))


def test_the_program_of_an_earlier_attempt_is_ended_and_the_log_says_so(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    job = job_of(1)
    left = start(job.job_id)
    job.pid, job.pid_started = left.pid, processes.began(left.pid)
    with caplog.at_level(logging.INFO, "argus.deduper"):
        adopt(job)
    assert left.wait(5) == -9
    (line,) = caplog.messages
    assert line.startswith(f"deduper.retry job_id={job.job_id} report_id=recent attempt=2 pid={left.pid} status=running")
    assert line.endswith("the program of attempt 1 still ran")


def test_what_it_forked_is_ended_although_nobody_wrote_it_down(start: Start) -> None:
    job = job_of(1)
    forked = start(job.job_id)
    adopt(job)
    assert forked.wait(5) == -9


@pytest.mark.parametrize("how", ["another process has the number", "another host", "the first attempt"])
def test_no_other_process_is_ended(start: Start, how: str) -> None:
    job = job_of(0 if how == "the first attempt" else 1)
    other = start(None if how == "another process has the number" else job.job_id)
    job.pid, job.pid_started = other.pid, "0" if how == "another process has the number" else processes.began(other.pid)
    if how == "another host":
        job.host = "elsewhere"
    adopt(job)
    assert other.poll() is None


def test_a_process_is_known_by_its_number_and_its_beginning(start: Start) -> None:
    one = start(None)
    assert processes.began(one.pid) == processes.began(one.pid) is not None
    one.kill()
    one.wait()
    assert processes.began(one.pid) is None
    assert not processes.end_job(new_ulid(), one.pid, "0")
    assert processes.of_job(new_ulid()) == []
    assert os.getpid() not in processes.of_job("")
