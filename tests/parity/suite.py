"""A whole comparison: requests for every route, shuffled, sent; the result by blueprint."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from strangler.evidence import Parity, commit_of, table_of, write_parity
from strangler.registry import parse
from tests.parity.lanes import Asked, Pair, both_lanes
from tests.parity.requests import Drawn, draw, operations
from tests.serving import ROOT

DESTROYS = ("delete", "logout", "set_state", "admin/toggle", "archive", "batch_move", "terminate_stuck")
LAST = ("password", "username", "token/generate", "impersonate")  # they change who the callers are


@dataclass
class Result:
    """Of one blueprint."""

    requests: int = 0
    differences: int = 0
    failures: int = 0  # answers of 500
    routes: Counter[str] = field(default_factory=Counter)


async def run(folder: Path, per_route: int, number: int, report: Callable[[Asked], None], jobs: int | None = None) -> dict[str, Result]:
    """Ask both lanes `per_route` requests of every route.

    Args:
        number: another number, other requests.
        report: called with every request whose answers differ or are a 500.
    """
    results: dict[str, Result] = defaultdict(Result)
    async with both_lanes(folder, jobs) as pair:
        for drawn in plan(pair, per_route, number):
            asked = await pair.ask(drawn)
            result = results[drawn.blueprint]
            result.requests += 1
            result.routes[f"{drawn.method} {drawn.rule}"] += 1
            result.differences += bool(asked.differing)
            result.failures += asked.status >= 500
            if asked.differing or asked.status >= 500:
                report(asked)
    return dict(results)


def plan(pair: Pair, per_route: int, number: int) -> Iterator[Drawn]:
    """Every route's requests in one random order; those that take data away come last."""
    registry = parse((ROOT / "migration_status.yaml").read_text())
    document = pair.servers["fastapi"].app.fastapi_app.openapi()
    schemas = document["components"]["schemas"]
    drawn = [each for operation in operations(registry, document) for each in draw(operation, schemas, per_route, number)]
    random.Random(number).shuffle(drawn)
    yield from sorted(drawn, key=_turn)


def _turn(drawn: Drawn) -> int:
    if drawn.method == "GET":
        return 0
    return 2 if any(word in drawn.rule for word in LAST) else int(any(word in drawn.rule for word in DESTROYS))


def write(results: dict[str, Result], file: Path) -> None:
    """Keep the latest result by blueprint where `argus routes cutover` looks; what was not asked now keeps its older line."""
    blueprints = parse((ROOT / "migration_status.yaml").read_text()).blueprints
    moment, commit = datetime.now(UTC).replace(microsecond=0), commit_of(ROOT)
    records = {
        name: Parity(**vars(result), time=moment, table=table_of(blueprints[name]), commit=commit) for name, result in results.items()
    }
    write_parity(file, records)
