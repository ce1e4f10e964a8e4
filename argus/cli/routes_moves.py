"""`argus routes canary`, `cutover`, `rollback` and `journal`: moving a blueprint, with evidence and a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import argus
from argus.cli.registry_file import File, applications, file_of, method_and_path, problems_of, read
from argus.cli.stores import open_at
from argus.cli.terminal import Failure, misuse, note, run, say_json, say_table
from argus.kit.settings import load_settings
from argus.models.gateway import GatewayJournal, GatewayOverride, GatewayReport
from argus.storage.store import Store
from argus.web.gateway_state import StoredState
from strangler import edit, moves
from strangler.audit import Audit
from strangler.evidence import commit_of
from strangler.registry import Registry, RegistryError
from strangler.state import Entry

STATE_MODELS = (GatewayJournal, GatewayOverride, GatewayReport)
PARITY = "parity.json"

Name = Annotated[str, typer.Argument(help="The blueprint.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the journal.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (canary, cutover, disable, enable, rollback, journal):
        app.command(command.__name__)(command)


def canary(
    name: Name,
    percent: Annotated[float, typer.Option("--percent", min=0, max=100, help="Of the callers; 0 ends the canary.")],
    route: Annotated[str | None, typer.Option("--route", metavar="'METHOD PATH'", help="Only this route of the blueprint.")] = None,
    why: Why = "",
    registry: File = None,
) -> None:
    """Give a share of the callers of a blueprint to the other lane. What the guard or the console had said of it ends."""
    one = method_and_path(route) if route is not None else None
    change(file_of(registry), name, lambda text: edit.set_canary(text, percent, name, one), why)
    note(f"{route or name}: {f'{percent:g} % go to the other lane' if percent else 'no canary'}.")


def cutover(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Whatever speaks against it; the journal says so.")] = False,
    why: Why = "",
    registry: File = None,
) -> None:
    """Give a blueprint to FastAPI. Refused unless the records of the parity suite and of shadowing are clean."""
    path = file_of(registry)
    against, evidence = run(_evidence(read(path), name))
    if against and not force:
        raise Failure(f"{name} stays where it is: {'; '.join(against)}")
    forced = f"forced, although {'; '.join(against)}" if against else ""
    change(path, name, lambda text: edit.cut_over(text, name), why, "; ".join(filter(None, (forced, evidence))))
    note(f"{name} is fastapi's now{', by force' if against else ''}.")


def rollback(name: Name, why: Why = "", registry: File = None) -> None:
    """Give a blueprint back to Flask, with all its routes and without canary. Needs no evidence, and no database that answers."""
    change(file_of(registry), name, lambda text: edit.roll_back(text, name), why)
    note(f"{name} is flask's now.")


def disable(name: Name, why: Why = "", registry: File = None) -> None:
    """Switch a blueprint off: its routes answer 503 with `Retry-After`, on whichever lane they are."""
    change(file_of(registry), name, lambda text: edit.set_enabled(text, name, False), why)
    note(f"{name} is switched off.")


def enable(name: Name, why: Why = "", registry: File = None) -> None:
    """Switch a blueprint on again."""
    change(file_of(registry), name, lambda text: edit.set_enabled(text, name, True), why)
    note(f"{name} is switched on.")


def journal(
    name: Annotated[str | None, typer.Argument(help="A blueprint: only what concerns it.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Entries.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print who changed what about the registry, the last change first: by hand, by command, in the console, or the guard itself."""
    found = run(_journal(limit, name))
    if as_json:
        say_json([entry.as_dict() for entry in found])
    else:
        say_table(("WHEN", "WHO", "BY", "SUBJECT", "WHAT", "FROM", "TO", "WHY", "EVIDENCE"), map(_row, found))


def _row(entry: Entry) -> tuple[str, ...]:
    at = f"{entry.at:%Y-%m-%d %H:%M:%S}"
    return at, entry.who, entry.source, entry.subject, entry.what, entry.before, entry.after, entry.why, entry.evidence


async def _journal(limit: int, name: str | None) -> list[Entry]:
    async with _state() as state:
        return await state.journal(limit, name)


async def _evidence(registry: Registry, name: str) -> tuple[list[str], str]:
    """What speaks against the cut-over of a blueprint, and what was found about it."""
    if name not in registry.blueprints:
        misuse(f"there is no blueprint {name!r}; there are {', '.join(registry.blueprints)}", "NAME")
    settings = load_settings()
    audit, commit = Audit(applications(settings)[0]), commit_of(Path(argus.__file__).parent)
    try:
        async with _state() as state:
            return await moves.evidence_about(registry, name, settings.DATA_DIR / PARITY, state, audit, commit)
    except moves.Refused as error:
        raise Failure(str(error)) from error


def change(path: Path, name: str, edited: moves.Edit, why: str, evidence: str = "") -> None:
    """Edit the registry, write the journal, and end the overrides of the blueprint. An edit after which registry and applications would
    agree less than before is refused."""
    try:
        left = run(moves.carry_out(path, name, edited, partial(moves.must_agree, problems_of), _state, why, evidence))
    except (moves.Refused, RegistryError) as error:
        raise Failure(f"{path}: {error}") from error
    if left:
        note(left)


@asynccontextmanager
async def _state() -> AsyncIterator[StoredState]:
    """The state that the servers of these settings share."""
    settings = load_settings()
    async with open_at(settings.storage_url, settings, STATE_MODELS) as store:
        yield state_in(store)


def state_in(store: Store) -> StoredState:
    """What the gateways of a store share."""

    async def opened() -> Store:
        return store

    return StoredState(opened)
