"""`argus demo …`"""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from argus.cli.terminal import note, run, say

app = typer.Typer(help="Something to look at.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@app.callback()
def group() -> None:
    """Keeps `load` a command of its own, however many there are."""


@app.command("load")
def load(
    runs: Annotated[int, typer.Option("--runs", min=1, max=200, help="Runs of each test.")] = 10,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same data.")] = 1,
) -> None:
    """Fill an empty database with believable releases, tests, runs and what people said of them.

    Everything goes through the API, at the times at which it would have happened; prints how to log in.
    """
    from argus.cli.playing import load_demo  # brings the whole application along

    password = secrets.token_urlsafe(12)
    story = run(load_demo(seed, runs, password))
    note(f"{story.calls} calls played.")
    for person in story.people:
        say(f"{person.username}  {person.full_name}{'  (admin)' if 'ROLE_ADMIN' in person.roles else ''}")
    say(f"password of each: {password}")
