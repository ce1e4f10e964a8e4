"""`argus db …`"""

from __future__ import annotations

from typing import Annotated

import typer

from argus.cli.stores import MODELS, TYPES, open_at
from argus.cli.terminal import note, progress, run, say
from argus.kit.settings import load_settings

app = typer.Typer(help="The database: its schema, and moving it.", no_args_is_help=True, rich_markup_mode=None)


@app.command("sync")
def sync(dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the statements, change nothing.")] = False) -> None:
    """Create the types, tables, columns and indexes that are missing. Nothing is ever dropped or changed; running it again does nothing."""
    done = run(_sync(dry_run))
    if not done:
        note("Nothing is missing.")
    for statement in done if dry_run else ():
        say(f"{statement};")
    if done and not dry_run:
        note(f"{len(done)} statements executed.")


async def _sync(dry_run: bool) -> list[str]:
    settings = load_settings()
    async with open_at(settings.storage_url, settings, models=()) as store:
        statements = await store.engine.schema(MODELS, TYPES)
        if not dry_run:
            with progress() as bar:
                for statement in bar.track(statements, description="Changing the schema"):
                    await store.engine.apply([statement])
        return statements
