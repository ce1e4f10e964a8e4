"""`argus db backup` and `argus db restore`: the embedded database as one verified file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from argus.cli.terminal import Failure, note
from argus.kit.settings import load_settings
from argus.storage.sqlite import backup as files

T = TypeVar("T")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; there must be none yet.")],
) -> None:
    """Write a verified copy of the embedded database while servers go on writing to it.

    A cluster is backed up with its own tools (`nodetool snapshot`).
    """
    copied = _said(lambda database: files.back_up(database, file))
    note(f"{copied.rows} rows of {copied.tables} tables in {file}, verified.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `argus db backup` wrote.")],
) -> None:
    """Put a backup in the place of the embedded database, which no server may have open. What stood there is kept beside it."""
    copied, kept = _said(lambda database: files.restore(file, database))
    if kept is not None:
        note(f"The database that was there is {kept} now.")
    note(f"{copied.rows} rows of {copied.tables} tables restored, verified.")


def _said(work: Callable[[Path], T]) -> T:
    """Do something with the file of the embedded database.

    Raises:
        Failure: the settings name a cluster, or what was asked for is refused; the text says why.
    """
    url = load_settings().storage_url
    if not url.startswith("sqlite:///"):
        raise Failure(f"{url} is a cluster: use its own tools, such as `nodetool snapshot`")
    try:
        return work(Path(url.removeprefix("sqlite:///")))
    except (files.NotABackup, files.InUse) as refused:
        raise Failure(str(refused)) from refused
