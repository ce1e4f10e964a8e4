"""`argus db …`"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol, runtime_checkable

import typer

from argus.cli.stores import MODELS, TYPES, open_at
from argus.cli.terminal import note, progress, run, say
from argus.kit.settings import load_settings
from argus.storage.schema import Finding
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import Udt

app = typer.Typer(help="The database: its schema, and moving it.", no_args_is_help=True, rich_markup_mode=None)


@app.command("sync")
def sync(dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the statements, change nothing.")] = False) -> None:
    """Create the types, tables, columns and indexes that are missing. Nothing is ever dropped or changed; running it again does nothing."""
    statements = run(_sync(dry_run))
    for statement in statements if dry_run else ():
        say(f"{statement};")
    if not dry_run or not statements:
        note(f"{len(statements)} statements executed." if statements else "Nothing is missing.")


async def _sync(dry_run: bool) -> list[str]:
    settings = load_settings()
    async with open_at(settings.storage_url, settings, models=()) as store:
        statements = await store.engine.schema(MODELS, TYPES)
        if not dry_run:
            with progress() as bar:
                for statement in bar.track(statements, description="Changing the schema"):
                    await store.engine.apply([statement])
        return statements


@app.command("check")
def check() -> None:
    """Compare the database with what Argus expects, both ways.

    Fails when something is missing or of another type; what Argus does not know is only told.
    """
    findings = run(_check())
    for finding in findings:
        say(str(finding))
    wrong = sum(finding.kind != "unknown" for finding in findings)
    note(f"{wrong} things differ, {len(findings) - wrong} are unknown." if findings else "The database is as it should be.")
    if wrong:
        raise typer.Exit(1)


@runtime_checkable
class TellsDrift(Protocol):
    """An engine whose schema others may change as well."""

    async def drift(self, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> list[Finding]: ...


async def _check() -> list[Finding]:
    settings = load_settings()
    async with open_at(settings.storage_url, settings, models=()) as store:
        return await _drift(store)


async def _drift(store: Store) -> list[Finding]:
    if isinstance(store.engine, TellsDrift):
        return await store.engine.drift(MODELS, TYPES)
    return [Finding("missing", statement) for statement in await store.engine.schema(MODELS, TYPES)]
