"""Two servers with two workers each, on one database: what is due each minute is done once a minute, whoever is killed or sleeps.

`JOB_MINUTES` says for how long (10).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

import pytest

from argus.cli.stores import open_at
from argus.jobs import board
from argus.kit.settings import load_settings
from argus.models.job import JobTurn
from argus.models.runtime import RuntimeStore
from tests.process import free_port, process, wait_for
from tests.slow.wire import children

MINUTES = int(os.environ.get("JOB_MINUTES", "10"))
FOLLOWED = 30.0  # seconds within which another process follows one that is gone
ASLEEP = 60.0  # seconds
PROMPT = 10.0  # seconds after the minute's beginning in which a turn begins that nobody disturbs
JOBS = ("quick", "long")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(MINUTES * 60 + 600),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the workers below /proc"),
]


class Note(NamedTuple):
    """What a turn noted."""

    job: str
    what: str
    pid: int
    at: float
    key: str


class Notes:
    """The file that the turns write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def of(self, what: str) -> list[Note]:
        rows = (line.split() for line in self.path.read_text().splitlines())
        return [Note(job, kind, int(pid), float(at), key) for job, kind, pid, at, key in rows if kind == what]

    def next(self, job: str, after: float, seconds: float) -> Note:
        """The first turn of a job that begins after a time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for note in self.of("began"):
                if note.job == job and note.at > after:
                    return note
            time.sleep(0.1)
        raise AssertionError(f"no turn of {job} has begun within {seconds:g} s")


@contextmanager
def server(storage: str, folder: Path, notes: Notes) -> Iterator[subprocess.Popen[bytes]]:
    """One server with two workers, in a group of processes of its own, so that all of it can be put to sleep as a host can."""
    folder.mkdir()
    port, log = free_port(), folder / "server.log"
    env = {name: value for name, value in os.environ.items() if not name.startswith("ARGUS_") or "KEYSPACE" in name}
    env |= {"ARGUS_STORAGE": storage, "ARGUS_DATA_DIR": str(folder), "ARGUS_SECRET_KEY": "of-tests-0123456789", "MINUTELY": str(notes.path)}
    command = ["setsid", sys.executable, "-m", "tests.slow.minutely_server", "serve", "--workers", "2", "--port", str(port)]
    with process(*command, env=env, log=log) as running:
        wait_for(f"http://127.0.0.1:{port}/readyz", running, log)
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGCONT)


def take_turns(notes: Notes, servers: list[subprocess.Popen[bytes]]) -> tuple[list[Note], float]:
    """Kill a holder in its turn, put another one to sleep, and let them work.

    Returns:
        The turns that were cut short, and when the last minute ended.
    """
    first = notes.next("long", time.time(), 130)
    end = minute_of(first.at) + MINUTES * 60
    time.sleep(2)
    os.kill(first.pid, signal.SIGKILL)
    killed = time.time()
    follower = notes.next("long", killed, FOLLOWED)
    assert follower.pid != first.pid

    holder = notes.next("long", minute_of(follower.at) + 60, 130)
    (theirs,) = (each for each in servers if holder.pid in children(each.pid))
    time.sleep(2)
    os.killpg(theirs.pid, signal.SIGSTOP)
    slept = time.time()
    follower = notes.next("long", slept, FOLLOWED)
    time.sleep(max(0.0, slept + ASLEEP - time.time()))
    os.killpg(theirs.pid, signal.SIGCONT)
    time.sleep(max(0.0, end + 5 - time.time()))
    print(f"\nkilled: followed after {took(notes, killed):.1f} s; asleep: followed after {took(notes, slept):.1f} s")
    return [first, holder], end


def took(notes: Notes, since: float) -> float:
    return next(note.at for note in notes.of("began") if note.at > since) - since


def minute_of(at: float) -> float:
    return at // 60 * 60


async def kept(storage: str, notes: Notes) -> tuple[dict[str, list[JobTurn]], set[str]]:
    """The history of each job, and which of the noted rows there are."""
    async with open_at(storage, load_settings(STORAGE=storage)) as store:
        turns = {job: await board.history(store, job, board.MOST_TURNS) for job in JOBS}
        rows = [await store.find(RuntimeStore, key=note.key) for note in notes.of("began")]
    return turns, {row.key for row in rows if row is not None}


def test_each_minute_has_one_turn_of_each_job(storage: str, tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    with ExitStack() as stack:
        servers = [stack.enter_context(server(storage, tmp_path / f"server-{number}", notes)) for number in range(2)]
        cut, end = take_turns(notes, servers)
        assert all(each.poll() is None for each in servers), "somebody else has ended a server"
    turns, rows = asyncio.run(kept(storage, notes))
    assert {note.key for note in notes.of("wrote")} == rows
    assert not {note.key for note in cut} & rows, "who was killed, or woke, wrote nothing"
    begin = minute_of(cut[0].at)
    for job in JOBS:
        slots = [turn.slot.replace(tzinfo=UTC).timestamp() for turn in turns[job] if turn.slot and turn.outcome == board.DONE]
        within = sorted(slot for slot in slots if begin <= slot < end)
        assert within == [begin + 60 * number for number in range(MINUTES)], f"{job}: a minute has one turn, and none is left out"
        began = [note.at for note in notes.of("began") if note.job == job and begin <= note.at < end and note not in cut]
        assert len(began) == MINUTES, f"{job}: nothing is begun that is not done"
        late = sorted(at - minute_of(at) for at in began)
        print(f"{job}: {len(within)} minutes, {len(within)} turns; begun {late[0]:.1f} to {late[-1]:.1f} s after the minute")
        assert sum(seconds > PROMPT for seconds in late) <= 2, "but for those of the two who were gone"
        assert late[-1] < FOLLOWED + PROMPT
