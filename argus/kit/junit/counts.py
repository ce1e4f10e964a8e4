"""How many cases a suite has, where the document counts them, counts them wrongly, or does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from argus.kit.junit.model import Suite
from argus.kit.junit.values import count_of
from argus.kit.losses import lose

SPELLINGS = {
    "tests": ("tests", "total"),
    "failures": ("failures", "failed"),
    "errors": ("errors",),
    "skipped": ("skipped", "skips", "skip", "ignored"),
    "disabled": ("disabled",),
    "passed": ("passed",),
}
BY_STATUS = {"failure": "failures", "error": "errors", "skipped": "skipped", "disabled": "disabled"}


@dataclass(slots=True)
class Counts:
    """Numbers of cases; `tests` is all of them."""

    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    disabled: int = 0
    passed: int = 0

    def add(self, other: Counts) -> None:
        for name in SPELLINGS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def count(suites: Sequence[Suite]) -> None:
    """Set the counts of suites to those of their own cases. Suites stand in the order of the document, inner ones behind outer ones."""
    inside: dict[int, Counts] = {}
    for suite in reversed(suites):
        within = inside.get(id(suite), Counts())
        whole = _whole(suite, within)
        for name in SPELLINGS:
            setattr(suite, name, max(0, getattr(whole, name) - getattr(within, name)))
        if suite.parent is not None:
            inside.setdefault(id(suite.parent), Counts()).add(whole)


def _whole(suite: Suite, within: Counts) -> Counts:
    """The counts of a suite and all inside it. What is seen is the least there is; what is stated beyond that is believed."""
    seen = Counts(tests=len(suite.cases))
    for case in suite.cases:
        name = BY_STATUS.get(case.status, "passed")
        setattr(seen, name, getattr(seen, name) + 1)
    seen.add(within)
    stated = {name: _stated(suite, name) for name in SPELLINGS}
    known = {name: number or 0 for name, number in stated.items()}
    failures, errors = _two(known, seen, "failures", "errors")
    skipped, disabled = _two(known, seen, "skipped", "disabled")
    parts = failures + errors + skipped + disabled + known["passed"]
    tests = max(seen.tests, known["tests"] if stated["tests"] is not None else parts)
    unseen_disabled = min(disabled - seen.disabled, tests - seen.tests)  # a suite may count as disabled a case that ran
    rest = max(0, tests - failures - errors - skipped - seen.disabled - unseen_disabled)
    passed = rest if stated["passed"] is None else min(rest, max(known["passed"], seen.passed))
    return Counts(tests, failures, errors, skipped, disabled, passed)


def _two(stated: Mapping[str, int], seen: Counts, one: str, other: str) -> tuple[int, int]:
    """Two kinds that writers mix up: the cases decide which is which, unless the suite states more than they show."""
    found: tuple[int, int] = (getattr(seen, one), getattr(seen, other))
    if stated[one] + stated[other] <= sum(found):
        return found
    return max(stated[one], found[0]), max(stated[other], found[1])


def _stated(suite: Suite, name: str) -> int | None:
    for spelling in SPELLINGS[name]:
        text = suite.given.get(spelling)
        if text:
            number = count_of(text)
            if number is None:
                lose(f"suite {suite.name[:60]!r}: {spelling}={text[:40]!r} is no number")
            return number
    return None
