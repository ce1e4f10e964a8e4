"""What the console shows, as one JSON object: what is in force, what the lanes serve, what speaks against a cut-over, what was changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from strangler.console.actions import records_in
from strangler.console.errors import Impossible
from strangler.console.standing import Standing, owner_of, seen, standings
from strangler.evidence import Records, objections, shadowed
from strangler.gateway import Gateway
from strangler.guard import from_json, judge, merged
from strangler.registry import LANES, Blueprint, Guard, Lane, Route
from strangler.shadow_record import ShadowRecord
from strangler.shadow_record import from_json as record_of
from strangler.shadow_record import merged as merged_records
from strangler.state import Entry, Override
from strangler.target import Target
from strangler.traffic import STEP, STEPS, Seen, Served
from strangler.traffic import merged as merged_traffic

LATEST = 50  # entries of the journal
SHARED_STATE_SECONDS = 3.0  # seconds for the shared state; then this worker tells what it knows itself
ALIVE = 12.0  # seconds within which every worker tells something

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shared:
    """What the workers share, read at once. `problem` says why it is this worker's knowledge alone; then there is no journal."""

    overrides: Mapping[str, Override]
    traffic: Mapping[str, Any]
    shadow: Mapping[str, Any]
    guard: Mapping[str, Any]
    journal: list[Entry] | None
    problem: str | None = None


async def snapshot(gateway: Gateway, parity: Path | None, opened: Collection[str] = ()) -> dict[str, Any]:
    """Everything the page shows; of the blueprints in `opened` also routes, differences with samples, and guards."""
    gateway.control.reports.look()
    shared, (records, parity_problem) = await asyncio.gather(_shared(gateway), _records(parity))
    table, registry = gateway.table, gateway.live.registry
    now = time.time()
    traffic = merged_traffic(shared.traffic.values(), now)
    standing = standings(table, shared.overrides)
    shown = {
        name: _blueprint(name, blueprint, standing.get(name, []), traffic, shared, records, gateway)
        for name, blueprint in registry.blueprints.items()
    }
    details = {name: _detail(name, registry.blueprints[name], standing.get(name, []), traffic, shared) for name in opened if name in shown}
    unlisted = [target for target in table.targets if target.group is None and not _is_file(target) and target.method != "HEAD"]
    return {
        "at": now,
        "table": table.hash,
        "registry": gateway.live.source.name if isinstance(gateway.live.source, Path) else None,
        "refused": gateway.live.state()["refused"],
        "lane": gateway.lane,
        "problems": [problem for problem in (shared.problem, parity_problem) if problem],
        "workers": sum(now - report.get("at", 0) < ALIVE for report in shared.traffic.values()),
        "window": STEP * STEPS,
        "step": STEP,
        "progress": _progress(shown.values(), unlisted, traffic),
        "blueprints": list(shown.values()),
        "unlisted": {"routes": len({target.template for target in unlisted}), "lanes": _lanes("", traffic)} if unlisted else None,
        "opened": details,
        "journal": None if shared.journal is None else [entry.as_dict() for entry in shared.journal],
    }


async def journal(gateway: Gateway, blueprint: str | None, limit: int) -> list[dict[str, Any]]:
    """The latest entries, of one blueprint or of all, the last one first."""
    return [entry.as_dict() for entry in await gateway.control.state.journal(limit, blueprint)]


async def _shared(gateway: Gateway) -> Shared:
    """What all workers know; of this one what it knows now. Where the state does not answer, only that."""
    control = gateway.control
    mine = {topic: {control.worker: report()} for topic, report in control.reports.topics.items()}
    state = control.state
    try:
        async with asyncio.timeout(SHARED_STATE_SECONDS):
            standing, traffic, shadow, guard, entries = await asyncio.gather(
                state.overrides(), state.published("traffic"), state.published("shadow"), state.published("guard"), state.journal(LATEST)
            )
    except Exception as error:
        log.warning("console: the shared state does not answer: %r", error)
        problem = "The shared state does not answer. What is shown is this worker's knowledge alone, and nothing can be changed."
        return Shared(control.overrides.standing, mine.get("traffic", {}), mine.get("shadow", {}), {}, None, problem)
    overrides = {each.subject: each for each in standing}
    return Shared(overrides, {**traffic, **mine.get("traffic", {})}, {**shadow, **mine.get("shadow", {})}, guard, entries)


async def _records(file: Path | None) -> tuple[Records, str | None]:
    try:
        return await records_in(file), None
    except Impossible as error:
        return Records(), str(error)


def _blueprint(
    name: str, blueprint: Blueprint, found: list[Standing], traffic: Seen, shared: Shared, records: Records, gateway: Gateway
) -> dict[str, Any]:
    owners = [owner for _, owner, _, _ in _owned(found)]
    whole = next((each for each in found if each.is_whole), None)
    choice = whole.choice if whole is not None else None
    record = _record(name, shared)
    parity = records.blueprints.get(name)
    guards = [guard for each in found if (guard := _guard(each, shared)) is not None]
    return {
        "name": name,
        "seen": seen(found),
        "owner": choice.owner if choice else blueprint.owner,
        "percent": choice.percent if choice else 0,
        "sticky": choice.canary.sticky if choice else None,
        "users": len(choice.canary.users) if choice else 0,
        "filed": {"owner": blueprint.owner, "percent": blueprint.canary.percent if blueprint.canary else 0},
        "reason": blueprint.reason,
        "since": str(blueprint.since) if blueprint.since is not None else None,
        "routes": {"total": len(owners), **{lane: owners.count(lane) for lane in LANES}},
        "lacks": [f"{target.method} {target.template}" for each in found if not each.names_owner for target in each.stuck("fastapi")],
        "movable": whole is not None and len(whole.first.lanes) > 1,
        "overrides": [_override(each.override) for each in found if each.override is not None],
        "own": [each.subject for each in found if not each.is_whole],
        "lanes": _lanes(name, traffic),
        "shadow": _shadow(record, blueprint),
        "parity": {"said": parity.said, "clean": not parity.differences and not parity.failures} if parity else None,
        "against": objections(name, blueprint, records, shadowed(shared.shadow, name), commit=gateway.commit)
        + gateway.audit.against(gateway.live.registry, name),
        "guards": guards,
    }


def _detail(name: str, blueprint: Blueprint, found: list[Standing], traffic: Seen, shared: Shared) -> dict[str, Any]:
    record = _record(name, shared)
    routes = [
        {
            "methods": route.methods,
            "path": route.path,
            "owner": owner,
            "lanes": sorted(set.intersection(*(set(target.lanes) for target in targets))),
            "own": not standing.is_whole,
            "percent": standing.choice.percent,
            "reason": route.reason,
            "served": {lane: _figures(_of_route(name, targets, lane, traffic), traffic) for lane in LANES},
        }
        for route, owner, standing, targets in _owned(found)
    ]
    places = sorted(record.differences, key=lambda each: -each.count) if record else []
    return {"routes": routes, "differences": [asdict(each) for each in places]}


def _owned(found: Iterable[Standing]) -> list[tuple[Route, Lane, Standing, list[Target]]]:
    """The registry's routes in its order, with the lanes that own them now, and their targets."""
    owned: dict[int, tuple[Route, Lane, Standing, list[Target]]] = {}
    order: dict[int, int] = {}
    for standing in found:
        owner = standing.choice.owner
        for target in standing.targets:
            assert target.listed is not None  # else it would have no subject
            assert target.group is not None
            order = order or {id(route): number for number, route in enumerate(target.group.routes)}
            owned.setdefault(id(target.listed), (target.listed, owner_of(target, owner), standing, []))[3].append(target)
    return sorted(owned.values(), key=lambda each: order[id(each[0])])


def _of_route(name: str, targets: Iterable[Target], lane: Lane, traffic: Seen) -> Served:
    total = Served()
    for target in targets:
        served = traffic.routes.get((name, target.method, target.template, lane))
        if served is not None:
            total.add(served)
    return total


def _lanes(name: str, traffic: Seen) -> dict[str, Any]:
    """Both lanes of a blueprint; the series are requests by step."""
    found = {lane: traffic.blueprints.get((name, lane), Served()) for lane in LANES}
    return {lane: {**_figures(served, traffic), "series": served.series} for lane, served in found.items()}


def _figures(served: Served, traffic: Seen) -> dict[str, Any]:
    """Requests and errors of the window, requests a second of late, latencies in milliseconds."""
    quantiles = {name: served.quantile(share) for name, share in (("p50", 0.5), ("p95", 0.95))}
    return {
        "requests": served.requests,
        "errors": served.errors,
        "rate": round(served.rate(traffic.into), 3),
        **{name: None if seconds is None else round(seconds * 1000, 2) for name, seconds in quantiles.items()},
    }


def _record(name: str, shared: Shared) -> ShadowRecord | None:
    found = merged_records(record_of(row) for rows in shared.shadow.values() for row in rows if row["blueprint"] == name)
    return found[0] if found else None


def _shadow(record: ShadowRecord | None, blueprint: Blueprint) -> dict[str, Any] | None:
    """Whether anything is shadowed, and what was found."""
    policies = [each for entry in (blueprint, *blueprint.routes) if (each := entry.shadow) is not None]
    if record is None and not policies:
        return None
    numbers = {key: getattr(record, key) if record else 0 for key in ("compared", "wrote", "dropped", "failed")}
    percent = max((policy.percent for policy in policies), default=0)
    return {
        **numbers,
        "differences": len(record.differences) if record else 0,
        "since": record.since if record else None,
        "percent": percent,
    }


def _override(override: Override) -> dict[str, Any]:
    return {**asdict(override), "at": str(override.at)}


def _guard(standing: Standing, shared: Shared) -> dict[str, Any] | None:
    """A guard's budget, what all workers have counted for it, and whether it has put the blueprint back."""
    guard: Guard | None = standing.first.policy("guard")
    if guard is None or len(standing.first.lanes) < 2:
        return None
    told = [each for report in shared.guard.values() if (each := report.get(standing.subject)) and each["basis"] == standing.basis]
    verdict = judge(guard, merged(from_json(each["counts"]) for each in told))
    override = standing.override
    return {
        "subject": standing.subject,
        "tried": verdict.tried,
        "requests": verdict.requests,
        "min_requests": guard.min_requests,
        "window": guard.window,
        "max_error_rate": guard.max_error_rate,
        "max_latency_ratio": guard.max_latency_ratio,
        "evidence": verdict.evidence,
        "breach": verdict.breach,
        "then": guard.then,
        "tripped": override is not None and override.who == "guard",
    }


def _progress(shown: Iterable[dict[str, Any]], unlisted: list[Target], traffic: Seen) -> dict[str, Any]:
    blueprints = list(shown)
    rest = {target.template: target.lane for target in unlisted}
    served = {lane: traffic.total(lane) for lane in LANES}
    return {
        "routes": sum(each["routes"]["total"] for each in blueprints) + len(rest),
        "on_fastapi": sum(each["routes"]["fastapi"] for each in blueprints) + sum(lane == "fastapi" for lane in rest.values()),
        "blueprints": len(blueprints),
        "blueprints_on_fastapi": sum(each["routes"]["fastapi"] == each["routes"]["total"] for each in blueprints),
        "lanes": {lane: {**_figures(each, traffic), "series": each.series} for lane, each in served.items()},
    }


def _is_file(target: Target) -> bool:
    """Flask's own route for files."""
    return target.endpoint == "static" or target.endpoint.endswith(".static")
