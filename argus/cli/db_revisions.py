"""`argus db upgrade|current|history|downgrade|revision`: the relational database (docs/platform.md#tables-and-sessions)."""

from __future__ import annotations

from typing import Annotated

import typer

from argus.cli.terminal import Failure, note, say, say_table
from argus.db.url import database_url, head, sqlite_file
from argus.kit.settings import load_settings

Revision = Annotated[str, typer.Argument(metavar="REV", help="A revision as `argus db history` lists it, `head`, or `base` for none.")]


def upgrade(revision: Revision = "head") -> None:
    """Bring the relational database up to a revision. Running it again does nothing.

    An embedded one is made, and brought up to date, by the server itself; PostgreSQL waits for this command.
    """
    from argus.db import revisions  # loads SQLAlchemy and Alembic

    url = _url()
    if (file := sqlite_file(url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    before = revisions.current(url)
    _doing(revisions.upgrade, url, revision)
    after = revisions.current(url)
    note(f"From {before or 'nothing'} to {after or 'nothing'}." if after != before else f"It is at {after or 'nothing'} already.")


def current() -> None:
    """Say which revision the relational database has, and which one this version of Argus wants."""
    from argus.db import revisions

    found = revisions.current(_url())
    say(found or "none")
    if found != head():
        note(f"This version wants {head()}.")
        raise typer.Exit(1)


def history() -> None:
    """List the revisions that this version of Argus knows, the newest first."""
    from argus.db import revisions

    say_table(("REVISION", "CHANGE"), revisions.history())


def downgrade(revision: Revision) -> None:
    """Take the relational database back to an earlier revision. What later revisions brought is dropped, with what is in it."""
    from argus.db import revisions

    url = _url()
    _doing(revisions.downgrade, url, revision)
    note(f"It is at {revisions.current(url) or 'nothing'} now.")


def revision(message: Annotated[str, typer.Argument(metavar="MESSAGE", help="What changes, as the file's first line.")]) -> None:
    """Write the revision that takes the database to what the models say now, for developers. Read it before it is committed."""
    from argus.db import revisions

    say(str(revisions.new_revision(_url(), message)))


def _url() -> str:
    return database_url(load_settings())


def _doing(change: object, url: str, revision: str) -> None:
    from alembic.util.exc import CommandError

    assert callable(change)
    try:
        change(url, revision)
    except CommandError as error:
        raise Failure(str(error)) from error
