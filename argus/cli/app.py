"""The command line as a whole, and the options that stand before any command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

import argus
from argus.cli import db, demo, routes, serve, users
from argus.cli.terminal import OneLineErrors

app = typer.Typer(
    cls=OneLineErrors,
    help="Argus tracks the runs of long test pipelines. `argus serve` starts it; the other commands look after users, data and routes.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.add_typer(users.app, name="users")
app.add_typer(db.app, name="db")
app.add_typer(routes.app, name="routes")
app.add_typer(demo.app, name="demo")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"argus {argus.__version__}")
        raise typer.Exit


@app.callback()
def everywhere(
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings file; else the first of the usual places.")
    ] = None,
    storage: Annotated[
        str | None, typer.Option("--storage", metavar="URL", help="sqlite:///PATH or cql://HOST[:PORT]/KEYSPACE; else as the settings say.")
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    """Hand the options on as environment, so that worker processes see them as well."""
    if config is not None:
        os.environ["ARGUS_CONFIG"] = str(config)
    if storage is not None:
        os.environ["ARGUS_STORAGE"] = storage
