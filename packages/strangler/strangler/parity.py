"""Recorded traffic played on both lanes, whose answers must be alike: the evidence that a cut-over asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from starlette.types import Scope

from strangler.compare import Answer, Incomparable, differences
from strangler.evidence import Parity, table_of, write_parity
from strangler.gateway import Gateway
from strangler.har import is_safe, read_har
from strangler.har_file import Exchange
from strangler.registry import LANES, Lane
from strangler.replaying import lifespan, scope_of, sent_with
from strangler.shadow import Visit, shadowing
from strangler.target import Match


async def play(
    gateway: Gateway, har: str, record: Path, tell: Callable[[str], None], headers: Sequence[tuple[str, str]] = ()
) -> dict[str, Parity]:
    """Play the safe requests of a HAR on both lanes, and keep the result of each blueprint in `record`. Differences are told. `headers` are
    sent instead of recorded ones of their names.

    Raises:
        HarError: it is no HAR.
    """
    exchanges = [each._replace(request=sent_with(each.request, headers)) for each in read_har(har, tell)]
    async with lifespan(gateway):
        return await _played(gateway, exchanges, record, tell)


async def _played(gateway: Gateway, exchanges: list[Exchange], record: Path, tell: Callable[[str], None]) -> dict[str, Parity]:
    routes: dict[str, Counter[str]] = {}
    different: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for exchange in filter(is_safe, exchanges):
        request = exchange.request
        scope = scope_of(request)
        match = gateway.match_of(scope)
        if match is None or match.target.blueprint is None or len(match.target.lanes) < 2:
            continue
        name = match.target.blueprint
        one, other = [await _answer(gateway, lane, match, scope, request.body) for lane in LANES]
        try:
            found = differences(one, other)
        except Incomparable:
            continue
        routes.setdefault(name, Counter())[f"{match.target.method} {match.target.template}"] += 1
        failed[name] += one.failed or other.failed
        different[name] += bool(found)
        for each in found:
            tell(f"{request.method} {scope['path']}: the lanes differ at {each.path}")
    results = {name: _record(gateway, name, counted, different[name], failed[name]) for name, counted in routes.items()}
    write_parity(record, results)
    return results


def _record(gateway: Gateway, name: str, routes: Counter[str], different: int, failed: int) -> Parity:
    return Parity(
        requests=routes.total(),
        differences=different,
        failures=failed,
        time=datetime.now(UTC).replace(microsecond=0),
        routes=dict(routes),
        table=table_of(gateway.live.registry.blueprints[name]),
        commit=gateway.commit,
    )


async def _answer(gateway: Gateway, lane: Lane, match: Match, scope: Scope, body: bytes) -> Answer:
    """A lane's answer. A host application that asks `shadowing` before it writes writes nothing."""
    shadowing.set(Visit())
    return await gateway.answer_of(lane, match, scope, body)
