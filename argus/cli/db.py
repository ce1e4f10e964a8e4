"""`argus db …`"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

import typer

from argus.cli import backup, db_revisions
from argus.cli.stores import open_at, schema_of
from argus.cli.terminal import Failure, misuse, note, progress, run, say, say_table
from argus.kit.settings import Settings, load_settings
from argus.storage.copy import CopyProgress, Progress, copy
from argus.storage.schema import Finding
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import Udt

AT_ONCE = 20  # schema statements that share a connection

app = typer.Typer(help="The database: its schema, and moving it.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


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
        statements = await store.engine.schema(*schema_of(settings))
        if not dry_run:
            with progress() as bar:
                task = bar.add_task("Changing the schema", total=len(statements))
                for first in range(0, len(statements), AT_ONCE):
                    await store.engine.apply(part := statements[first : first + AT_ONCE])
                    bar.advance(task, len(part))
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
        return await _drift(store, settings)


async def _drift(store: Store, settings: Settings) -> list[Finding]:
    models, types = schema_of(settings)
    if isinstance(store.engine, TellsDrift):
        ours = Finding("unknown", f"table {CopyProgress.__table__.name}")
        return [finding for finding in await store.engine.drift(models, types) if finding != ours]
    return [Finding("missing", statement) for statement in await store.engine.schema(models, types)]


@app.command("copy")
def copy_database(
    source: Annotated[str, typer.Argument(metavar="FROM", help="URL of the database to read.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="URL of the database to write; best an empty one.")],
) -> None:
    """Copy a database into another one, of either kind, and verify every row.

    Nobody should write to FROM meanwhile. A copy that was ended goes on where it was when it is started again.
    """
    if source == target:
        misuse("FROM and TO are the same", "TO")
    if source.startswith("sqlite:///") and not Path(source.removeprefix("sqlite:///")).is_file():
        raise Failure(f"there is no database {source}")
    rows = run(_copy(source, target))
    say_table(("TABLE", "ROWS"), ((table, amount) for table, amount in rows.items() if amount))
    note(f"{sum(rows.values())} rows copied and verified.")


async def _copy(source_url: str, target_url: str) -> dict[str, int]:
    settings = load_settings()
    everything, types = schema_of(settings)
    async with open_at(source_url, settings) as source, open_at(target_url, settings, models=()) as target:
        absent = {finding.subject for finding in await _drift(source, settings) if finding.kind == "missing"}
        models = [model for model in everything if f"table {model.__table__.name}" not in absent]
        if len(models) < len(everything):
            note(f"Not in FROM: {', '.join(m.__table__.name for m in everything if m not in models)}")
        with progress() as bar:
            task = bar.add_task("Copying", total=len(models))

            def tell(step: Progress) -> None:
                bar.update(task, completed=step.tables_done, description=f"{step.table}: {step.rows} rows, {step.phase}")

            return await copy(source, target, models, types, tell)


for each in (db_revisions.upgrade, db_revisions.current, db_revisions.history, db_revisions.downgrade, db_revisions.revision):
    app.command(each.__name__)(each)
