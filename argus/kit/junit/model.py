"""What is read from a JUnit document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Case:
    """A test. `status` is `passed`, `failure`, `error`, `skipped` or `disabled`; `seconds` is 0 where the document tells none."""

    name: str
    classname: str
    status: str = "passed"
    message: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Suite:
    """A suite with its own cases; a suite inside another names it as `parent`.

    The counts are those of its own cases: added up over all suites they give those of the document.
    """

    name: str
    given: Mapping[str, str]
    parent: Suite | None = None
    cases: list[Case] = field(default_factory=list)
    seconds: float = 0.0
    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    disabled: int = 0
    passed: int = 0


@dataclass(slots=True)
class Report:
    """A document: its suites in their order, how long all of it took, and the times that it names.

    Attributes:
        seconds: of the whole document; 0 where it tells none.
        root_seconds: as the root states them; 0 where it does not.
        written_at: the time on the root, naive UTC.
        began_at: the first time on a suite or the root, naive UTC.
    """

    suites: list[Suite]
    seconds: float
    root_seconds: float
    written_at: datetime | None
    began_at: datetime | None
