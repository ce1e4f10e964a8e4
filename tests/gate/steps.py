"""What guards a change, in steps; those of one track run in order, the tracks of a round beside each other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller

from tests.environments import newer_python
from tests.gate import counts
from tests.gate.counts import Counts
from tests.gate.machine import Machine

PASSED = "build/gate/passed"
PYTEST = (sys.executable, "-m", "pytest", "-q", "--durations=20", "--durations-min=0.5")
GOLDEN = (sys.executable, "-m", "tests.golden")


def _anywhere(machine: Machine) -> str:
    return ""


@dataclass(frozen=True)
class Step:
    """One command that must end with 0."""

    name: str
    command: tuple[str, ...]
    counted: Callable[[str], Counts] = counts.of_pytest
    missing: Callable[[Machine], str] = _anywhere
    """Why it cannot run on a machine; nothing when it can."""
    minutes: float = 20
    """How long it may take."""
    folder: str = "."
    """Where it runs, from the root."""
    again: tuple[str, ...] = ()
    """The command that plays by itself what failed; nothing where a failure is final."""


def place(name: str) -> str:
    """What a step's files are called."""
    return name.replace(", ", "-").replace(" ", "-")


def pytest_step(name: str, *arguments: str, missing: Callable[[Machine], str] = _anywhere, minutes: float = 20) -> Step:
    """A step of pytest, which remembers what failed; each step for itself, as some run beside each other. How its tests ended is kept for
    the breaks: what passed need not be played unbroken then."""
    base = (*PYTEST, "-o", f"cache_dir=build/gate/{place(name)}")
    again = (*base, *arguments, "--last-failed", "--last-failed-no-failures=none")
    kept = ("-p", "tests.passed", "--passed-to", f"{PASSED}/{place(name)}")
    return Step(name, (*base, *kept, *arguments), counts.of_pytest, missing, minutes, again=again)


CHECK = Step("check", ("make", "--silent", "check"), counts.of_one)
FEATURES = ("tests/features", "tests/deduper", "tests/platform", "tests/db", "tests/live")
SUITE = pytest_step("suite", *(f"--ignore={folder}" for folder in FEATURES), minutes=45)
SUITE_OF_FEATURES = pytest_step("suite of features", *FEATURES, minutes=45)
BUILD = Step("frontend build", ("make", "--silent", "frontend"), counts.of_one)
FRONTEND = Step("frontend", ("make", "--silent", "test-frontend"), counts.of_vitest)
GOLDEN_SQLITE = Step("golden, SQLite", (*GOLDEN, "--engine", "sqlite"), counts.of_golden)
ON_CASSANDRA = (*GOLDEN, "--engine", "cassandra", "--lane")
GOLDEN_CASSANDRA = Step("golden, Cassandra", (*ON_CASSANDRA, "fastapi"), counts.of_golden, methodcaller("no_cassandra"))
"""One lane: on SQLite both are played, and below the services they are one."""
GOLDEN_CASSANDRA_FLASK = Step("golden, Cassandra, Flask", (*ON_CASSANDRA, "flask"), counts.of_golden, methodcaller("no_cassandra"))
PARITY = Step("parity", (sys.executable, "-m", "tests.parity"), counts.of_parity)
CLIENTS = pytest_step("published clients", "-m", "clients", "tests/clients")

KIT_TESTS = "packages/strangler/tests"
OLDEST_OF_KIT = Step("kit, oldest versions", (sys.executable, "-m", "matrix", "oldest"), folder=KIT_TESTS)
NEWEST_OF_KIT = Step("kit, newest versions", (newer_python() or sys.executable, "-m", "matrix", "newest"), folder=KIT_TESTS)
"""On the newest Python as well."""

GATE: tuple[tuple[Step, ...], ...] = (
    (CHECK, SUITE),
    (BUILD, FRONTEND, GOLDEN_SQLITE, PARITY, CLIENTS, GOLDEN_CASSANDRA, SUITE_OF_FEATURES),
)
"""What must pass before a change lands."""

OF_THE_PYTHON = tuple(f"--ignore=tests/{folder}" for folder in ("docs", "gate", "mutants", "cases"))
"""What is the same on each Python: the pages, the gate itself, and cases whose ways the features' tests go as well."""

WAITING = tuple(f"tests/slow/test_{name}.py" for name in ("minutely_jobs", "mails_and_kills", "jobs_of_many", "vanished_listeners"))
"""Slow because they wait: for minutes of the clock, for what is tried again later."""

BROWSERS: tuple[tuple[Step, ...], ...] = (
    (pytest_step("browser", "-m", "browser", missing=methodcaller("no_browser"), minutes=90),),
    (pytest_step("slow, waiting", "-m", "slow", *WAITING, minutes=90),),
)
"""A browser has what the machine can do, but for what waits beside it."""

BESIDE: tuple[tuple[Step, ...], ...] = (
    (
        Step(
            "suite, newest Python",
            (sys.executable, "-m", "tests.newest", "--durations=20", "--durations-min=0.5", *OF_THE_PYTHON, "tests", KIT_TESTS),
            missing=methodcaller("no_newer_python"),
            minutes=95,
        ),
        OLDEST_OF_KIT,
        NEWEST_OF_KIT,
        pytest_step("foreign applications", "-m", "real", minutes=60),
    ),
    (
        Step("mutants", (sys.executable, "-m", "tests.mutants", "--passed", PASSED), counts.of_mutants, minutes=120),
        Step("without Flask", (sys.executable, "-m", "tests.without_flask"), counts.of_one, minutes=95),
        Step("schedules", ("make", "--silent", "test-schedules"), counts.of_pytest, minutes=60),
        GOLDEN_CASSANDRA_FLASK,
        Step("advisories", (sys.executable, "-m", "tests.advisories"), counts.of_one, methodcaller("no_advisories")),
    ),
)
"""What takes long and waits for facts, however long they take."""

ALONE: tuple[Step, ...] = (
    pytest_step("attacks", "-m", "attacks", "tests/attacks", minutes=120),
    pytest_step("slow", "-m", "slow", *(f"--ignore={file}" for file in WAITING), minutes=120),
)
"""What measures time: nothing runs beside it."""

EVERYTHING: tuple[tuple[tuple[Step, ...], ...], ...] = (GATE, BROWSERS, BESIDE, (ALONE,))
"""Round by round; the tracks of a round run beside each other."""
