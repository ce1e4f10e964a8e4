"""What every command says on the terminal, and how it ends: answers on stdout, the rest on stderr; 0 done, 1 failed, 2 used wrongly."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer.core import TyperGroup

from argus.kit.signing_key import WeakKey
from argus.kit.wrong_settings import WrongSettings
from argus.run_types import NoRunType
from argus.storage.errors import StorageError, WrongValue

T = TypeVar("T")


class Failure(Exception):
    """A command cannot do what it was asked; its text is the one line that is shown."""


class OneLineErrors(TyperGroup):
    """Turns what people can mend into one line and exit code 1. Anything else is a bug and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except WrongSettings as wrong:
            for line in str(wrong).splitlines():
                typer.echo(f"Error: {line}", err=True)
            raise typer.Exit(1) from wrong
        except (Failure, StorageError, WrongValue, WeakKey, NoRunType, OSError, ValidationError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            typer.echo(f"Error: {one_line(error)}", err=True)
            raise typer.Exit(1) from error


def one_line(error: Exception) -> str:
    """An error as one line: what happened, not where in the program."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, e['loc'])) or error.title}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False)
        )
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, Failure | WeakKey | NoRunType | OSError) else f"{type(error).__name__}: {text}"


def misuse(message: str, option: str | None = None) -> NoReturn:
    """End with exit code 2 and the command's usage."""
    raise typer.BadParameter(message, param_hint=option)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    return asyncio.run(work)


def note(text: str) -> None:
    """Say something beside the answer."""
    typer.echo(text, err=True)


def say(text: str) -> None:
    """Part of the answer."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """The answer, for programs."""
    typer.echo(json.dumps(value, indent=2, default=str))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The answer, for people: as wide as the terminal, or as long as it is where it is no terminal."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    terminal = sys.stdout.isatty()
    Console(width=None if terminal else 10_000, soft_wrap=not terminal, markup=False, highlight=False).print(table)


def progress() -> Progress:
    """A bar on stderr, shown only on a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
