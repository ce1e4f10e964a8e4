"""`argus search index`"""

from __future__ import annotations

import typer

from argus.cli.runtimes import open_runtime
from argus.cli.terminal import run, say
from argus.domain.run_keys import enter_all

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="What the search box finds.")


@app.callback()
def search() -> None:
    """What the search box finds."""


@app.command("index")
def index() -> None:
    """Enter every run under its build number and the beginning of its id: once, on an installation that had runs before."""
    run(_index())


async def _index() -> None:
    async with open_runtime() as runtime:
        say(f"{await enter_all(runtime)} runs can be found.")
