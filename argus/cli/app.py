"""The command line as a whole, and the options that stand before any command."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main

import argus
from argus.cli.terminal import OneLineErrors

HERE = ("serve", "users", "db", "routes", "refresh-issues", "scan-jenkins", "jobs", "queue", "worker", "dedupe", "mail", "search", "demo")
GROUPS = (*HERE, "documents", "api-keys", "login")


class Commands(OneLineErrors):
    """Loads a group of commands when it is asked for: `argus --version` need not load two web frameworks."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in GROUPS:
            return None
        command = typer.main.get_command(import_module(f"argus.cli.{cmd_name.replace('-', '_')}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    help="Argus tracks the runs of long test pipelines. `argus serve` starts it; the other commands look after users, data and routes.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
