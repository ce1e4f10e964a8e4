"""How tests ended, kept for whoever would only play them again to know it (`pytest -p tests.passed --passed-to FILE`).

The first line of a record is when its tests began, in seconds since 1970: one that is older than a file of the project says nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the record is kept."""
    parser.addoption("--passed-to", type=Path, metavar="FILE", help="keep how tests ended, and when they began")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a record."""
    file: Path | None = config.getoption("--passed-to")
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{time.time()}\n")
        config.pluginmanager.register(_Record(file.resolve()))  # a test may work elsewhere


class _Record:
    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that was left out is no evidence."""
        if report.failed or (report.when == "call" and report.passed):
            with self._file.open("a") as record:
                record.write(f"{report.outcome} {report.nodeid}\n")


def passed(records: Iterable[Path], since: float) -> set[str]:
    """Of the records whose tests began after `since` (seconds since 1970): the ids of tests, functions, classes and files of which some
    test passed and none failed."""
    found: dict[str, set[str]] = {"passed": set(), "failed": set()}
    for record in records:
        began, *lines = record.read_text().splitlines()
        if float(began) > since:
            for outcome, test in (line.split(" ", 1) for line in lines):
                found[outcome].update(_ids_of(test))
    return found["passed"] - found["failed"]


def _ids_of(test: str) -> Iterator[str]:
    """The ids under which a test is played: its own, its function's, its class's, its file's."""
    yield test
    parts = test.partition("[")[0].split("::")
    yield from ("::".join(parts[:number]) for number in range(1, len(parts) + 1))
