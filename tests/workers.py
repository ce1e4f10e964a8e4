"""Processes that do the work of the queue, for tests: each in a group of its own, so that all of it can be killed at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.process import ROOT

SPAWNED = "argus.platform.child"
"""What runs in the process of its own that heavy work has."""


@contextmanager
def worker(folder: Path, name: str, settings: Mapping[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """`argus worker --concurrency 1`; what it says is in `<name>.log`."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ARGUS_")}
    environment |= {f"ARGUS_{key}": str(value) for key, value in settings.items()}
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "argus.cli", "worker", "--concurrency", "1"]
        running = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        yield running
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def kill_at_work(workers: Sequence[subprocess.Popen[bytes]], patience: float = 60.0) -> subprocess.Popen[bytes]:
    """Kill -9 the first worker that has heavy work in a process of its own; that process is left to notice by itself."""
    until = time.monotonic() + patience
    while True:
        for each in workers:
            if spawned_of(each.pid):
                os.killpg(each.pid, signal.SIGKILL)
                each.wait()
                return each
        assert time.monotonic() < until, "no worker has begun"
        time.sleep(0.02)


def spawned_of(pid: int) -> list[int]:
    """Processes with heavy work, of those that a process and its children have started."""
    return [each for each in below(pid) if SPAWNED in _command(each)]


def below(pid: int) -> list[int]:
    parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found, left = list[int](), [pid]
    while left:
        children = [child for child, parent in parents.items() if parent in left]
        found += children
        left = children
    return found


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0  # it has ended meanwhile


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
