"""Edits of a registry that a served application must agree with, with their evidence and their trace in the journal."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from strangler import edit
from strangler.audit import Audit, around
from strangler.changes import changes, entries
from strangler.check import Problem, problems
from strangler.evidence import EvidenceError, objections, read_parity, shadowed
from strangler.gateway import Gateway
from strangler.registry import Blueprint, Registry, RegistryError, content_of, parse
from strangler.rules import canonical, spelled
from strangler.state import Entry, SharedState, blueprint_of
from strangler.workers import state_for_commands

T = TypeVar("T")
Edit = Callable[[str], str]
OpenState = Callable[[], AbstractAsyncContextManager[SharedState]]
SHARED_STATE_SECONDS = 10.0  # seconds for the shared state; a rollback must not hang on one that is down


class Refused(Exception):
    """Why a command changes nothing."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    return asyncio.run(work)


def file_of(gateway: Gateway) -> Path:
    """The registry's file. Raises Refused where it is none."""
    if not isinstance(gateway.live.source, Path):
        raise Refused("the gateway's registry is no file")
    return gateway.live.source


def problems_of(gateway: Gateway, registry: Registry | None = None) -> list[Problem]:
    """Where a registry, else the one in force, and the served applications do not agree."""
    url_map = gateway.flask_app.url_map if gateway.flask_app is not None else None
    return problems(registry or gateway.live.registry, url_map, gateway.fastapi_app, side=gateway.side)


def _blueprint(gateway: Gateway, name: str) -> Blueprint:
    blueprints = gateway.live.registry.blueprints
    if name not in blueprints:
        raise Refused(f"there is no blueprint {name!r}; there are {', '.join(blueprints)}")
    return blueprints[name]


def listed(gateway: Gateway, name: str | None) -> Iterator[tuple[str, ...]]:
    """Rows of a list: the blueprints, or the routes of one. Raises Refused."""
    if name is None:
        for each, blueprint in gateway.live.registry.blueprints.items():
            yield each, blueprint.owner, f"{len(blueprint.routes)} routes"
        return
    blueprint, app = _blueprint(gateway, name), gateway.flask_app
    rules = {spelled(rule): rule for rule in app.url_map.iter_rules()} if app is not None else {}
    for route in blueprint.routes:
        rule = rules.get(canonical(route.path))
        hooks = ", ".join(around(app, rule)) if rule is not None else ""
        yield ",".join(route.methods), route.path, route.owner or blueprint.owner, hooks


async def evidence(gateway: Gateway, name: str, parity: Path) -> tuple[list[str], str]:
    """What speaks against the cut-over of a blueprint, and what was found about it. Raises Refused."""
    _blueprint(gateway, name)
    registry, state = gateway.live.registry, state_for_commands(gateway.control.state, gateway.live.source)
    return await evidence_about(registry, name, parity, state, gateway.audit, gateway.commit)


async def evidence_about(
    registry: Registry, name: str, parity: Path, state: SharedState, audit: Audit, commit: str | None
) -> tuple[list[str], str]:
    """The same for a blueprint of a registry, whose application need not be served here. Raises Refused."""
    try:
        record = read_parity(parity).get(name)
    except EvidenceError as error:
        raise Refused(str(error)) from error
    shadow = shadowed(await state.published("shadow"), name)
    against = [*objections(registry.blueprints[name], record, shadow, commit=commit), *audit.against(registry, name)]
    return against, "; ".join(each.said for each in (record, shadow) if each is not None)


async def journal(gateway: Gateway, name: str | None) -> list[Entry]:
    """The latest entries of the journal, of one blueprint or of all."""
    return await state_for_commands(gateway.control.state, gateway.live.source).journal(100, name)


async def change(gateway: Gateway, name: str, edited: Edit, why: str, evidence: str = "") -> str:
    """Edit the registry, write the journal, and end the overrides of the blueprint. Returns what could not be done besides the edit.

    Raises:
        Refused: the served applications would refuse the edit, or agree less with it than before.
        RegistryError: there is no such entry.
    """

    @asynccontextmanager
    async def state() -> AsyncIterator[SharedState]:
        yield state_for_commands(gateway.control.state, gateway.live.source)

    return await carry_out(file_of(gateway), name, edited, partial(_must_serve, gateway), state, why, evidence)


async def carry_out(
    file: Path, name: str, edited: Edit, must_serve: Callable[[Registry, Registry], None], state: OpenState, why: str, evidence: str = ""
) -> str:
    """The same for a registry's file. `must_serve` is given the registries before and after, and raises where the edit is to be refused.

    The file comes first: whatever the shared state does, the edit is in force.
    """
    text = content_of(file).decode("utf-8")
    changed = edited(text)
    if changed != text:
        must_serve(parse(text), parse(changed))
        edit.write(file, changed)
    made = entries(file, changes(parse(text), parse(changed)), who=_who(), source="cli", why=why, evidence=evidence)
    try:
        async with asyncio.timeout(SHARED_STATE_SECONDS), state() as shared:
            for entry in made:
                await shared.write(entry)
            for override in await shared.overrides():
                if blueprint_of(override.subject) == name and await shared.lift(override):
                    was = f"{override.owner}, canary {override.percent:g} %" if override.percent else override.owner
                    await shared.write(Entry(override.subject, "override", f"{was} ({override.who})", "", _who(), "cli", why, evidence))
    except Exception as error:
        told = " ".join(str(error).split()) or type(error).__name__
        return f"The edit is in force, but the journal was not written, and overrides stand as they stood: {told}"
    return ""


def must_agree(problems_of: Callable[[Registry], list[Problem]], before: Registry, after: Registry) -> None:
    """Raises Refused where registry and applications agree less after an edit than before."""
    known = {problem[:3] for problem in problems_of(before)}
    if new := [str(problem) for problem in problems_of(after) if problem[:3] not in known]:
        raise Refused(f"the registry stays as it is: {'; '.join(new)}")


def _must_serve(gateway: Gateway, before: Registry, after: Registry) -> None:
    try:
        gateway.compiled(after)
    except RegistryError as error:
        raise Refused(f"the registry stays as it is: {error}") from error
    must_agree(partial(problems_of, gateway), before, after)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user that has no name
        return "unknown"
