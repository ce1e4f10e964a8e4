"""SQLite's errors as `storage.errors`."""

from __future__ import annotations

import sqlite3

from argus.storage.errors import InvalidRequest, NoHostAvailable, OperationTimedOut, StorageError

SLOW = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT"}
GONE = {"SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_READONLY"}


def translated(error: BaseException) -> BaseException:
    """The error to raise in its place; what is no SQLite error stays as it is."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ""
        primary = "_".join(name.split("_")[:2])
        if primary in SLOW:
            return OperationTimedOut(f"the database did not answer in time ({error})")
        if primary in GONE:
            return NoHostAvailable(f"the database file cannot be used ({error})")
        if isinstance(error, (sqlite3.DataError, sqlite3.IntegrityError)) or primary in ("SQLITE_TOOBIG", "SQLITE_RANGE"):
            return InvalidRequest(str(error))
        return StorageError(f"{type(error).__name__}: {error}")
    return error
