"""Playing steps: each in a process group of its own, with its output in a file.

A few tests that fail in a step of thousands are played again by themselves, once: a machine that stood still for a moment is no fault of
the change. Those that pass then are unsteady; their step passes, and the summary names them, as somebody has to mend them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.gate.counts import NONE, Counts, failures
from tests.gate.machine import Machine
from tests.gate.steps import Step, place

ROOT = Path(__file__).resolve().parents[2]
LINES_TOLD = 150  # of a step that failed
PLAYED_AGAIN = 3  # tests; more of them are a fault and not a moment
LOOK = 0.2  # seconds between looks whether a step has ended


@dataclass(frozen=True)
class Result:
    """How a step ended."""

    step: Step
    state: str  # passed, failed, left out, stopped
    seconds: float
    counts: Counts = NONE
    output: str = ""
    reason: str = ""
    """Why it failed or was left out."""
    unsteady: tuple[str, ...] = ()
    """Tests that failed beside the others and passed by themselves, as pytest told of them."""

    def __str__(self) -> str:
        sign = {"passed": "✓", "failed": "✗"}.get(self.state, "–")
        said = self.reason or f"{self.counts}{f', {len(self.unsteady)} unsteady' if self.unsteady else ''}"
        return f"{sign} {self.step.name:20} {self.state:9} {self.seconds:6.0f} s  {said}".rstrip()


class Player:
    """Plays tracks of steps; `stop_early`: the first failure ends everything."""

    def __init__(self, machine: Machine, logs: Path, stop_early: bool) -> None:
        self.machine = machine
        self.logs = logs
        self.stop_early = stop_early
        self._stopped = threading.Event()
        self._results: list[Result] = []

    def beside(self, tracks: Sequence[Sequence[Step]]) -> None:
        """Plays some tracks at the same time."""
        with ThreadPoolExecutor(len(tracks)) as pool:
            for done in [pool.submit(self.track, steps) for steps in tracks]:
                done.result()

    def track(self, steps: Sequence[Step]) -> None:
        """Plays steps in order."""
        for step in steps:
            result = self._one(step)
            self._results.append(result)
            print(result, flush=True)
            if result.state == "failed":
                print("\n".join(f"    {line}" for line in result.output.splitlines()[-LINES_TOLD:]), flush=True)
                if self.stop_early:
                    self.stop()

    def stop(self) -> None:
        """Ends the steps that run; those to come are not begun."""
        self._stopped.set()

    @property
    def results(self) -> list[Result]:
        """In the order in which the steps ended."""
        return list(self._results)

    def _one(self, step: Step) -> Result:
        if self._stopped.is_set():
            return _stopped(step)
        if reason := step.missing(self.machine):
            return Result(step, "left out", 0, reason=reason)
        print(f"  {step.name} …", flush=True)
        first = self._run(step, step.command)
        if first.state != "failed" or not step.again or not 0 < first.counts.failed <= PLAYED_AGAIN:
            return first
        return self._again(step, first)

    def _again(self, step: Step, first: Result) -> Result:
        """The tests that failed, by themselves: how they end now is how the step ends."""
        told = tuple(failures(first.output))
        print("\n".join([f"  {step.name}: again, by themselves:", *(f"    {each}" for each in told)]), flush=True)
        second = self._run(step, step.again)
        counts = Counts(first.counts.passed + second.counts.passed, second.counts.failed, first.counts.skipped)
        both = replace(second, seconds=first.seconds + second.seconds, counts=counts, output=f"{first.output}\n{second.output}")
        if second.state == "stopped":
            return both
        if second.state != "passed" or second.counts.passed != first.counts.failed:
            return replace(both, state="failed")
        return replace(both, unsteady=told)

    def _run(self, step: Step, command: tuple[str, ...]) -> Result:
        name = place(step.name if command == step.command else f"{step.name} again")
        log, started = self.logs / f"{name}.log", time.monotonic()
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=ROOT / step.folder,
                env=self.machine.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            ended = self._wait(process, started + step.minutes * 60)
        output, seconds = log.read_text(errors="replace"), time.monotonic() - started
        counts = step.counted(output)
        if ended == "" and process.returncode == 0:
            return Result(step, "passed", seconds, counts, output)
        if ended == "stopped":
            return _stopped(step, seconds)
        reason = ended or f"ended with {process.returncode}; {counts}".rstrip("; ")
        return Result(step, "failed", seconds, counts if counts.failed else Counts(failed=1), output, reason)

    def _wait(self, process: subprocess.Popen[bytes], until: float) -> str:
        """Until it ends; else why it was ended."""
        while process.poll() is None:
            if self._stopped.is_set() or time.monotonic() > until:
                why = "stopped" if self._stopped.is_set() else "took too long"
                _end(process)
                return why
            time.sleep(LOOK)
        return ""


def _stopped(step: Step, seconds: float = 0) -> Result:
    return Result(step, "stopped", seconds, reason="another step failed, or it was told to")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and those it started."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            break
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
