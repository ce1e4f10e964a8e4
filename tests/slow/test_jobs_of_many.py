"""Four processes on one database, killed and suspended: each slot of a job has one turn, and who sleeps writes nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from argus.cli.stores import open_at
from argus.jobs import board
from argus.kit.settings import load_settings
from argus.models.job import JobTurn
from tests.process import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PERIOD = 5  # seconds between two slots
FOLLOWED = 30.0  # seconds within which another process follows one that is gone


class Notes:
    """What the processes noted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def of(self, what: str) -> list[tuple[int, float]]:
        rows = (line.split() for line in self.path.read_text().splitlines())
        return [(int(pid), float(at)) for kind, pid, at in rows if kind == what]

    def wait(self, what: str, count: int, seconds: float, after: float = 0.0) -> list[tuple[int, float]]:
        """Until so many notes of a kind are there that were made after a time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [note for note in self.of(what) if note[1] > after]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what}: {len(found)} of {count} within {seconds:g} s")


@contextmanager
def processes(storage: str, notes: Notes, count: int) -> Iterator[dict[int, subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "tests.slow.job_process", storage, str(notes.path), str(PERIOD)]
    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(count)]
    try:
        notes.wait("ready", count, 60)
        yield {process.pid: process for process in running}
    finally:
        for process in running:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.wait()


async def turns(storage: str) -> list[JobTurn]:
    async with open_at(storage, load_settings(STORAGE=storage), models=()) as store:
        return await board.history(store, "minutely", 200)


def test_each_slot_has_one_turn_through_a_kill_and_a_long_sleep(storage: str, tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    with processes(storage, notes, 4) as running:
        (holder, _), *_ = notes.wait("wrote", 3, 60)
        os.kill(holder, signal.SIGKILL)
        killed = time.time()
        (second, at), *_ = notes.wait("wrote", 2, FOLLOWED + PERIOD, after=killed)
        assert second != holder
        assert at - killed < FOLLOWED + PERIOD

        os.kill(second, signal.SIGSTOP)
        slept = time.time()
        (third, at), *_ = notes.wait("wrote", 6, 90, after=slept)
        assert third != second
        assert at - slept < FOLLOWED + PERIOD
        os.kill(second, signal.SIGCONT)
        notes.wait("wrote", 3, 60, after=time.time())
        assert all(pid != second for pid, at in notes.of("wrote") if at > slept), "it woke and wrote nothing"
        assert all(process.poll() is None for pid, process in running.items() if pid != holder)
    kept = [turn.slot for turn in asyncio.run(turns(storage)) if turn.outcome == board.DONE]
    assert len(kept) == len(set(kept)), "a slot has one turn"
