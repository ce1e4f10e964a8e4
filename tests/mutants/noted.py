"""How each of the tests that were asked for ended: noted while they are played, read when they were, also by whoever had to end them.

Red is what failed by itself. A test that was ended because it took too long is no evidence, unless the break says that its tests do not
end; nor is one whose fixtures could not be made, or that was left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

RED, LATE, UNMADE, GREEN, LEFT_OUT = "red", "did not end in time", "could not be prepared", "green", "left out"
ORDER = (RED, LATE, UNMADE, GREEN, LEFT_OUT)  # what an id is, of all that its tests were
PLAYED = (0, 1)  # how pytest ends when it has played tests: none failed, or some


class Notes:
    """A plugin of pytest that notes how the tests of each id end, and plays no more of one that is red."""

    def __init__(self, ids: list[str], folder: Path) -> None:
        self._ids, self._folder = ids, folder
        self._red: set[str] = set()

    def _of(self, test: str) -> list[str]:
        return [each for each in self._ids if test == each or test.startswith((f"{each}[", f"{each}::"))]

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test of an id that is red already says no more."""
        if set(self._of(item.nodeid)) & self._red:
            pytest.skip("another of this id was red")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Written at once: who does not end is ended."""
        how = _how(report)
        if how is None:
            return
        ids = self._of(report.nodeid)
        if how == RED:
            self._red.update(ids)
        with (self._folder / "notes").open("a") as notes:
            notes.writelines(f"{each}\t{how}\t{_why(report)}\n" for each in ids)


def _how(report: pytest.TestReport) -> str | None:
    """Nothing where a part of a test went well and is not the test."""
    if report.skipped:
        return LEFT_OUT
    if report.failed:
        if "from pytest-timeout" in _why(report):
            return LATE
        return UNMADE if report.when == "setup" else RED
    return GREEN if report.when == "call" else None


def _why(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    words = crash.message if crash is not None else str(report.longrepr or "")
    return " ".join(words.split())


@dataclass(frozen=True)
class Noted:
    """How tests ended."""

    ended: int | None  # as pytest says it; None where it had to be ended
    printed: str
    how: dict[str, str] = field(default_factory=dict)  # by id
    why: str = ""  # of the first that is red

    @classmethod
    def read(cls, folder: Path, ended: int | None) -> Noted:
        """What was noted in a folder."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        first = ""
        for line in _lines(folder / "notes"):
            test, how, why = line.split("\t", 2)
            found[test].add(how)
            first = first or (why if how == RED else "")
        return cls(ended, "\n".join(_lines(folder / "printed")), {test: min(hows, key=ORDER.index) for test, hows in found.items()}, first)

    def of(self, tests: Iterable[str]) -> dict[str, str]:
        """How these ended; one of which nothing was heard did not end where pytest had to be ended, and was left out otherwise."""
        return {test: self.how.get(test, LATE if self.ended is None else LEFT_OUT) for test in tests}

    @property
    def could_play(self) -> bool:
        """Whether there was something to play: an import that fails is none."""
        return self.ended is None or self.ended in PLAYED


def _lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").splitlines() if file.exists() else []
