"""Processes of jobs, by what tells one from another of the same number: when it began, and for which job."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "ARGUS_DEDUPER_JOB"
"""The variable by which every process of a job is known, also those that it forked."""
GONE_WITHIN = 2.0  # seconds after SIGKILL

_PROC = Path("/proc")


def began(pid: int) -> str | None:
    """When a process began, as text that is only compared; None where there is none."""
    if sys.platform.startswith("linux"):
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in ("Z", "X") else fields[19]
    told = subprocess.run(["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603
    return told.stdout.strip() or None


def of_job(job_id: str) -> list[int]:
    """Processes of this user that belong to a job, whoever started them. Linux only; elsewhere none are found."""
    wanted, found = f"{MARK}={job_id}".encode(), []
    if not _PROC.is_dir():
        return []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            marked = wanted in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if marked and began(int(entry.name)) is not None:
            found.append(int(entry.name))
    return found


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to the group that a process leads; one that has gone needs none."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_job(job_id: str, pid: int | None, pid_began: str | None) -> bool:
    """End what is left of a job: the process that was recorded, if it is still that one, its group, and what it forked. Blocks.

    Returns:
        Whether there was anything.
    """
    there = False
    if pid is not None and pid_began is not None and began(pid) == pid_began:
        there = True
        signal_group(pid, signal.SIGKILL)
    until = time.monotonic() + GONE_WITHIN
    while left := of_job(job_id):
        there = True
        for one in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)
        if time.monotonic() > until:
            break
        time.sleep(0.02)
    return there
