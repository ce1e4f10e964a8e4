"""Copies of the embedded database's file: taken while servers write, checked before they count, put back whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from argus.storage.errors import NoHostAvailable

WAIT_SECONDS = 30.0  # for a lock that another process holds
BESIDE = ("-wal", "-shm", "-journal")  # files that belong to a database file


class NotABackup(ValueError):
    """A file is no database, or a damaged one; the text says what was found."""


class InUse(RuntimeError):
    """Another process has the database open."""


@dataclass(frozen=True)
class Copied:
    """What a verified copy holds."""

    tables: int
    rows: int
    size: int  # bytes


def back_up(database: Path, copy: Path) -> Copied:
    """Write a copy of a database that others may be writing to.

    The copy is one moment of the database: every write that was acknowledged before the call is in it, and of those
    that come meanwhile each is in it whole or not at all. It is checked, and on the disk, before it gets its name.

    Args:
        database: the file that is in use.
        copy: the file to make.

    Raises:
        FileExistsError: there is something at `copy`.
        FileNotFoundError: there is no database.
        NotABackup: the database is damaged, so that a copy of it is worth nothing.
        NoHostAvailable: the database stayed locked.
    """
    if copy.exists():
        raise FileExistsError(f"{copy} exists already; a backup never replaces another one")
    if not database.is_file():
        raise FileNotFoundError(f"there is no database {database}")
    with _unfinished(copy) as draft:
        _copy_pages(database, draft)
        copied = verify(draft)
        os.link(draft, copy)  # fails, instead of replacing, where somebody else made the file meanwhile
    _sync_folder(copy.parent)
    return copied


def restore(copy: Path, database: Path) -> tuple[Copied, Path | None]:
    """Put a copy in a database's place. What stood there is kept beside it.

    Args:
        copy: a file that `back_up` wrote; it stays as it is.
        database: where the server looks for its file.

    Returns:
        What the copy holds, and where the earlier database is now, if there was one.

    Raises:
        NotABackup: the copy is damaged or no database.
        InUse: a server has the database open.
    """
    if not copy.is_file():
        raise FileNotFoundError(f"there is no file {copy}")
    database.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(database) as draft:
        _copy_pages(copy, draft)
        copied = verify(draft)
        kept = _set_aside(database) if database.exists() else None
        draft.replace(database)
    _sync_folder(database.parent)
    return copied, kept


def verify(path: Path) -> Copied:
    """Read every page and index of a database file.

    Raises:
        NotABackup: something in it is wrong.
    """
    with closing(_open(path, "ro")) as db:
        try:
            found = [line for (line,) in db.execute("PRAGMA integrity_check(5)")]
            if found != ["ok"]:
                raise NotABackup(f"{path} is damaged: {'; '.join(found)}")
            names = [
                name
                for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
            ]
            rows = sum(db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names)
        except sqlite3.DatabaseError as error:
            raise NotABackup(f"{path} is no database: {error}") from error
    return Copied(len(names), rows, path.stat().st_size)


def _copy_pages(source: Path, target: Path) -> None:
    """All pages within one read transaction: writers go on beside it, and it never starts again."""
    try:
        with closing(_open(source, "rw" if os.access(source, os.W_OK) else "ro")) as read, closing(_open(target, "rwc")) as written:
            read.backup(written, pages=-1)
            written.execute("PRAGMA journal_mode = DELETE")  # a copy is one file
    except sqlite3.OperationalError as error:
        raise NoHostAvailable(f"{source} cannot be copied: {error}") from error
    except sqlite3.DatabaseError as error:
        raise NotABackup(f"{source} is no database: {error}") from error
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _set_aside(database: Path) -> Path:
    """Rename a database that nobody uses to the first free name `….before-restore-N`."""
    try:
        with closing(_open(database, "rw", 1.0)) as db:
            db.execute("PRAGMA journal_mode = DELETE")  # refused while anybody else has the file open
    except sqlite3.OperationalError as error:
        raise InUse(f"{database} is in use; stop the server first ({error})") from error
    except sqlite3.DatabaseError:
        # damaged: nothing can be asked of it, and that is why it is being replaced
        for ending in BESIDE:
            Path(f"{database}{ending}").unlink(missing_ok=True)
    number = 1
    while (kept := database.with_name(f"{database.name}.before-restore-{number}")).exists():
        number += 1
    database.rename(kept)
    return kept


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A name beside `path` that is gone afterwards; only this user may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield draft
    finally:
        for name in (draft, *(Path(f"{draft}{ending}") for ending in BESIDE)):
            name.unlink(missing_ok=True)


def _open(path: Path, mode: str, seconds: float = WAIT_SECONDS) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=seconds)


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
