"""How many tests a step ran, read from what it printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

PYTEST = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s\b.*$", re.M)
VITEST = re.compile(r"^ *Tests +(.+) \(\d+\)$", re.M)
GOLDEN = re.compile(r"^(\d+)/(\d+) scenarios, \d+/\d+ steps equal the recording$", re.M)
PARITY = re.compile(r"^all +(\d+) requests +(\d+) differences +(\d+) answers of 500", re.M)
MUTANTS = re.compile(r"^together +\d+ +(\d+) +(\d+)$", re.M)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
FAILED = re.compile(r"^(?:FAILED|ERROR) .*$", re.M)
DURATION = re.compile(r"^([\d.]+)s (?:call|setup|teardown) +(\S.*)$", re.M)


@dataclass(frozen=True)
class Counts:
    """Of tests, or of what a step has in their place (scenarios, requests, breaks)."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return ", ".join(f"{n} {what}" for what, n in (("failed", self.failed), ("passed", self.passed), ("skipped", self.skipped)) if n)


NONE = Counts()


def of_pytest(output: str) -> Counts:
    """Of pytest's last line; expected failures count as skipped."""
    found = PYTEST.findall(output)
    if not found:
        return NONE
    n = {what: int(number) for number, what in re.findall(r"(\d+) ([a-z]+)", found[-1])}
    failed = sum(n.get(what, 0) for what in ("failed", "error", "errors", "xpassed"))
    return Counts(n.get("passed", 0), failed, n.get("skipped", 0) + n.get("xfailed", 0))


def of_vitest(output: str) -> Counts:
    """Of vitest's line `Tests  1 failed | 70 passed (71)`."""
    found = VITEST.findall(COLOUR.sub("", output))
    n = {what: int(number) for number, what in re.findall(r"(\d+) ([a-z]+)", found[-1])} if found else {}
    return Counts(n.get("passed", 0), n.get("failed", 0), n.get("skipped", 0))


def of_golden(output: str) -> Counts:
    """Scenarios, each lane and engine by itself; those with known differences count as equal when nothing else differs."""
    lanes = [(int(equal), int(total)) for equal, total in GOLDEN.findall(output)]
    total = sum(total for _, total in lanes)
    missed = 0 if "everything equals the recordings" in output else total - sum(equal for equal, _ in lanes)
    return Counts(total - missed, missed)


def of_parity(output: str) -> Counts:
    """Requests that were sent to both lanes."""
    found = PARITY.search(output)
    if found is None:
        return NONE
    requests, differences, failures = map(int, found.groups())
    return Counts(requests - min(differences + failures, requests), differences + failures)


def of_mutants(output: str) -> Counts:
    """Breaks that were noticed and those that were not."""
    found = MUTANTS.search(output)
    return Counts(int(found[1]), int(found[2])) if found else NONE


def of_one(output: str) -> Counts:
    """A step that counts nothing is one test."""
    return Counts(passed=1)


def slowest(output: str) -> list[tuple[float, str]]:
    """Seconds and name of the tests that pytest calls its slowest."""
    return [(float(seconds), name) for seconds, name in DURATION.findall(output)]


def failures(output: str) -> list[str]:
    """Pytest's line on each test that failed: its name and the first words of why."""
    return FAILED.findall(output)
