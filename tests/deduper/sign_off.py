"""`python -m tests.deduper.sign_off`: plays what a cut-over of the deduper asks for, and writes down that it has passed.

The record is the file of the parity suite (`parity.json` below `DATA_DIR`): of the matrix of both shells, how often each route was asked
and that no answer differed; of the drill and of the callers, that they passed, on which commit, for which routes. Nothing is written when
a test fails. `argus routes cutover deduper` refuses without it (docs/deduper.md#roll-out-and-back).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Map, Rule

from argus.kit.settings import load_settings
from strangler.evidence import Parity, SignOff, commit_of, table_of, write_parity, write_sign_offs
from strangler.registry import Blueprint, read
from tests.deduper import protocol
from tests.serving import ROOT

BLUEPRINT = "deduper"
ASKED = "asked"
"""Under this name a test of the matrix says which request it has compared."""
HERE = "tests/deduper"
SUITES = {
    "parity": f"{HERE}/contracts/test_parity.py",
    "drill": f"{HERE}/integration/test_drill.py",
    "callers": f"{HERE}/integration/test_callers.py",
}


@dataclass
class Suite:
    """What was seen of a suite."""

    passed: int = 0
    left_out: int = 0
    failed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class Listener:
    """Hears of each test as it ends (a plugin of pytest)."""

    def __init__(self) -> None:
        self.suites = {name: Suite() for name in SUITES}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        suite = next(self.suites[name] for name, file in SUITES.items() if report.nodeid.startswith(file))
        if report.failed:
            suite.failed.append(report.nodeid)
        elif report.skipped:
            suite.left_out += 1
        elif report.when == "call":
            suite.passed += 1
            told: list[tuple[str, Any]] = report.user_properties
            suite.asked += [str(value) for name, value in told if name == ASKED]
            suite.lines += [str(line) for name, value in told if name == protocol.PROPERTY for line in value]


def write(file: Path, suites: Mapping[str, Suite], blueprint: Blueprint, moment: datetime, commit: str | None) -> None:
    """Keep what has passed.

    Raises:
        ValueError: something has failed, or nothing was played.
    """
    for name, suite in suites.items():
        if suite.failed or not suite.passed:
            raise ValueError(f"{name} is not signed off: {', '.join(suite.failed) or 'nothing was played'}")
    about: dict[str, Any] = {"time": moment, "table": table_of(blueprint), "commit": commit}
    routes = by_route(blueprint, suites["parity"].asked)
    write_parity(file, {BLUEPRINT: Parity(requests=sum(routes.values()), differences=0, failures=0, routes=routes, **about)})
    signed = {name: SignOff(protocol=tuple(_told(suites[name])), **about) for name in blueprint.sign_off}
    write_sign_offs(file, BLUEPRINT, signed)


def _told(suite: Suite) -> list[str]:
    left_out = f", {suite.left_out} left out" if suite.left_out else ""
    return [*suite.lines, f"{suite.passed} tests{left_out}"]


def by_route(blueprint: Blueprint, asked: list[str]) -> dict[str, int]:
    """How often each route was asked, by `METHOD /path` as the registry writes it."""
    rules = Map([Rule(route.path, methods=route.methods, endpoint=route.path) for route in blueprint.routes], strict_slashes=False)
    finding = rules.bind("argus.test")
    counts: Counter[str] = Counter()
    for request in asked:
        method, _, path = request.partition(" ")
        counts[f"{method} {finding.match(path.partition('?')[0], method)[0]}"] += 1
    return dict(counts)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.deduper.sign_off", description=__doc__.splitlines()[0])
    options.add_argument("--record", type=Path, help="where it is kept; else parity.json below DATA_DIR")
    options.add_argument("--page", action="store_true", help="print the drill's protocol into docs/deduper.md")
    given = options.parse_args()
    settings, listener = load_settings(), Listener()
    pytest.main(["-q", "-p", "no:cacheprovider", *(str(ROOT / file) for file in SUITES.values())], plugins=[listener])
    blueprint = read(settings.REGISTRY).blueprints[BLUEPRINT]
    try:
        write(given.record or settings.DATA_DIR / "parity.json", listener.suites, blueprint, datetime.now(UTC), commit_of(ROOT))
    except ValueError as refused:
        print(refused, file=sys.stderr)
        return 1
    if given.page:
        protocol.print_into_page(listener.suites["drill"].lines)
    print("\n".join([*listener.suites["drill"].lines, "The deduper is signed off."]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
