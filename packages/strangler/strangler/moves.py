"""Edits of a registry that a served application must agree with, with their evidence and their trace in the journal."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from strangler import edit
from strangler.audit import Audit, around
from strangler.changes import changes, entries
from strangler.check import Problem, problems
from strangler.evidence import EvidenceError, objections, read_records, shadowed
from strangler.gateway import Gateway
from strangler.registry import Blueprint, Registry, RegistryError, content_of, parse, read
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


@dataclass(frozen=True)
class Subject:
    """What commands are about: a registry's file, and what is known of the applications that it is for."""

    file: Path
    parity: Path
    """The record that a cut-over asks for, where none is named."""
    state: OpenState
    must_serve: Callable[[Registry, Registry], None]
    """Is given the registries before and after an edit; raises Refused where it is not to be made."""
    audit: Callable[[], Audit]
    commit: str | None = None
    """What serves."""


def subject_of(gateway: Gateway, file: Path | None = None) -> Subject:
    """A gateway, with another file than its own where one is given. Raises Refused where it has none."""

    @asynccontextmanager
    async def state() -> AsyncIterator[SharedState]:
        yield state_for_commands(gateway.control.state, gateway.live.source)

    return Subject(
        file or file_of(gateway), Path("parity.json"), state, partial(_must_serve, gateway), lambda: gateway.audit, gateway.commit
    )


async def evidence(subject: Subject, name: str, parity: Path | None = None) -> tuple[list[str], str]:
    """What speaks against the cut-over of a blueprint, and what was found about it. Raises Refused, and RegistryError."""
    registry = read(subject.file)
    if name not in registry.blueprints:
        raise Refused(f"there is no blueprint {name!r}; there are {', '.join(registry.blueprints)}")
    try:
        records = read_records(parity or subject.parity)
    except EvidenceError as error:
        raise Refused(str(error)) from error
    async with subject.state() as state:
        shadow = shadowed(await state.published("shadow"), name)
    against = [
        *objections(name, registry.blueprints[name], records, shadow, commit=subject.commit),
        *subject.audit().against(registry, name),
    ]
    return against, "; ".join(records.said_of(name, shadow))


async def journal(subject: Subject, limit: int, name: str | None) -> list[Entry]:
    """The latest entries of the journal, of one blueprint or of all."""
    async with subject.state() as state:
        return await state.journal(limit, name)


async def change(subject: Subject, name: str, edited: Edit, why: str, evidence: str = "") -> tuple[bool, str]:
    """Edit the registry, write the journal, and end the overrides of the blueprint. The file comes first: whatever the shared state does,
    the edit is in force. Returns whether the file has changed, and what could not be done besides.

    Raises:
        Refused: the served applications would refuse the edit, or agree less with it than before.
        RegistryError: there is no such entry.
    """
    file, text = subject.file, content_of(subject.file).decode("utf-8")
    changed = edited(text)
    if changed != text:
        subject.must_serve(parse(text), parse(changed))
        edit.write(file, changed)
    made = entries(file, changes(parse(text), parse(changed)), who=who_types(), source="cli", why=why, evidence=evidence)
    try:
        async with asyncio.timeout(SHARED_STATE_SECONDS), subject.state() as shared:
            for entry in made:
                await shared.write(entry)
            for override in await shared.overrides():
                if blueprint_of(override.subject) == name and await shared.lift(override):
                    was = f"{override.owner}, canary {override.percent:g} %" if override.percent else override.owner
                    await shared.write(
                        Entry(override.subject, "override", f"{was} ({override.who})", "", who_types(), "cli", why, evidence)
                    )
    except Exception as error:
        told = " ".join(str(error).split()) or type(error).__name__
        return changed != text, f"The edit is in force, but the journal was not written, and overrides stand as they stood: {told}"
    return changed != text, ""


def must_agree(problems_of: Callable[[Registry], list[Problem]], before: Registry, after: Registry) -> None:
    """Raises Refused where the applications would not serve the registry after an edit, or agree less with it than before."""
    known = {problem[:3] for problem in problems_of(before) if not problem.refuses}
    if new := [str(problem) for problem in problems_of(after) if problem[:3] not in known]:
        raise Refused(f"the registry stays as it is: {'; '.join(new)}")


def _must_serve(gateway: Gateway, before: Registry, after: Registry) -> None:
    try:
        gateway.compiled(after)
    except RegistryError as error:
        raise Refused(f"the registry stays as it is: {error}") from error
    must_agree(partial(problems_of, gateway), before, after)


def who_types() -> str:
    """The name of whoever gives a command, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user that has no name
        return "unknown"
