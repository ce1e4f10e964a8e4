"""Servers under measurement, and how much processor time a process has used."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TICK = os.sysconf("SC_CLK_TCK")


def used(pid: int) -> float:
    """Seconds of processor time, of all threads, since the process began."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def listening(port: int) -> int:
    """The process that listens on a port of this machine.

    Raises:
        LookupError: there is none, or it is somebody else's.
    """
    wanted = f":{port:04X}"
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(wanted) and fields[3] == "0A":
                inodes.add(f"socket:[{fields[9]}]")
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) in inodes for link in (folder / "fd").iterdir()):
                return int(folder.name)
    raise LookupError(f"nobody listens on {port} here")


@contextlib.contextmanager
def argus(folder: Path, storage: str, lane: str, **settings: str) -> Iterator[tuple[int, int]]:
    """A server over a store, with everything on one lane; gives its port and its process.

    Args:
        folder: where it keeps its files.
        settings: further ones than a server under measurement needs.
    """
    wanted = {
        "STORAGE": storage,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "of-the-benchmark-only-and-long-enough",
        "EMAIL_ENABLED": "false",
        "JOBS_ENABLED": "false",
        "APP_LOG_LEVEL": "ERROR",
        **settings,
    }
    environment = {**os.environ, **{f"ARGUS_{name}": value for name, value in wanted.items()}}
    command = [sys.executable, "-m", "argus.cli", "serve", "--port", "0", "--lane", lane]
    with _started(command, environment, "Argus at") as (process, said):
        yield int(said.rstrip("/\n").rpartition(":")[2]), process.pid


@contextlib.contextmanager
def bare() -> Iterator[tuple[int, int]]:
    """The application of one route."""
    command = [sys.executable, "-m", "uvicorn", "--port", "0", "--no-access-log", "bench.cost.bare:app"]
    with _started(command, dict(os.environ), "running on", stderr=subprocess.STDOUT) as (process, said):
        found = re.search(r":(\d+)", said.partition("running on")[2].partition("//")[2])
        assert found is not None
        yield int(found[1]), process.pid


@contextlib.contextmanager
def _started(
    command: list[str], environment: dict[str, str], ready: str, stderr: int | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert process.stdout is not None
        said = ""
        for said in process.stdout:
            if ready in said:
                break
        else:
            raise RuntimeError(f"{command} did not start: {said}")
        yield process, said
    finally:
        process.terminate()
        process.wait(30)
