"""`argus queue …`"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from argus.cli.runtimes import open_runtime
from argus.cli.terminal import Failure, note, run, say_json, say_table

if TYPE_CHECKING:
    from argus.db.database import Database
    from argus.platform.tables import WorkItem

app = typer.Typer(help="The queue: what waits, runs and failed.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Item = Annotated[str, typer.Argument(metavar="ITEM", help="Its id, as `argus queue list` shows it.")]


@app.command("list")
def list_items(
    state: Annotated[
        str, typer.Option("--state", metavar="STATE", help="queued, leased, done, failed or cancelled; `open` for the first two.")
    ] = "open",
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, the newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List items of the queue."""
    items = run(_listed(state, kind, limit))
    if as_json:
        say_json([{column.key: getattr(item, column.key) for column in item.__mapper__.column_attrs} for item in items])
        return
    rows = (
        (item.id, item.queue, item.kind, item.state, f"{item.attempts}/{item.max_attempts}", (item.error or {}).get("message", ""))
        for item in items
    )
    say_table(("ITEM", "QUEUE", "KIND", "STATE", "ATTEMPT", "ERROR"), rows)


async def _listed(state: str, kind: str | None, limit: int) -> list[WorkItem]:
    async with _database() as database:
        from sqlalchemy import select

        from argus.platform.tables import WorkItem

        states = ("queued", "leased") if state == "open" else (state,)
        statement = select(WorkItem).where(WorkItem.state.in_(states)).order_by(WorkItem.id.desc()).limit(limit)
        async with database.reading() as session:
            return list(await session.scalars(statement.where(WorkItem.kind == kind) if kind else statement))


@app.command("requeue")
def requeue(item: Item) -> None:
    """Have a failed or cancelled item done again."""
    if not run(_requeue(item)):
        raise Failure(f"{item} is neither failed nor cancelled")
    note(f"{item} waits again.")


async def _requeue(item_id: str) -> bool:
    async with _database() as database:
        from argus.platform import queue

        async with database.transaction() as session:
            return await queue.requeue(session, item_id)


@app.command("cancel")
def cancel(item: Item) -> None:
    """Have an item not done. What runs already is told, and ends within seconds."""
    outcome = run(_cancel(item))
    if outcome in ("finished", "unknown"):
        raise Failure(f"there is no item {item}" if outcome == "unknown" else f"{item} is finished already")
    note(f"{item} is cancelled." if outcome == "cancelled" else f"{item} is told to end.")


async def _cancel(item_id: str) -> str:
    async with _database() as database:
        from argus.platform import queue

        async with database.transaction() as session:
            return await queue.cancel(session, item_id)


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    """The relational database that the settings name."""
    from argus.db.database import open_database

    async with open_runtime() as runtime:
        yield await open_database(runtime)
