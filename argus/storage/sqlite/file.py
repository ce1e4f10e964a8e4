"""The file of the embedded database: where it is, that it is still the one that was opened, and whether it can be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path

from argus.storage.errors import NoHostAvailable

LEAST_FREE = 1024 * 1024  # bytes; with less the disk counts as full


class DatabaseFile:
    """One file, which other processes may have open as well.

    Args:
        path: where it is; None for one in a temporary folder that goes when it is closed.
        durable: whether a commit waits for the disk.
        timeout: seconds that a connection waits for a lock of another process.
    """

    def __init__(self, path: str | Path | None, *, durable: bool, timeout: float) -> None:
        self._given = None if path is None else Path(path)
        self._durable = durable and path is not None
        self._timeout = timeout
        self._folder: str | None = None
        self._path = Path()
        self._identity: tuple[int, int] | None = None

    def open(self) -> None:
        """Make its folder.

        Raises:
            NoHostAvailable: that is not possible.
        """
        self._identity = None
        if self._given is None:
            self._folder = tempfile.mkdtemp(prefix="argus-")
            self._path = Path(self._folder) / "argus.db"
            return
        self._path = self._given
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NoHostAvailable(f"the folder {self._path.parent} cannot be made ({error.strerror})") from error
        self._keep_to_owner()

    def _keep_to_owner(self) -> None:
        """The file holds tokens and password hashes; what SQLite makes beside it (-wal, -shm) gets the file's own mode."""
        file = self._path
        with suppress(OSError):  # somebody else's file: opening it tells what may be done with it
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            for each in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))):
                if each.exists():
                    each.chmod(each.stat().st_mode & 0o700)

    def close(self) -> None:
        """Remove a temporary one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def connect(self) -> sqlite3.Connection:
        """A new connection, for any thread.

        Raises:
            sqlite3.Error: it cannot be opened.
            NoHostAvailable: another file has taken its place since the first connection.
        """
        if self._identity is not None:
            self.verify()
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=self._timeout)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'OFF'}")
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("PRAGMA wal_autocheckpoint = 4000")  # pages
        db.execute("PRAGMA journal_size_limit = 67108864")  # bytes
        db.execute("PRAGMA cache_size = -16384")  # KiB
        self._identity = self._identity or self._found()
        return db

    def verify(self) -> None:
        """Make sure that what is written now will be found again.

        Raises:
            NoHostAvailable: the file was moved away, deleted or replaced.
        """
        if self._found() != self._identity:
            raise NoHostAvailable(f"the database file {self._path} was moved or replaced; put it back, or start again to use the new one")

    def probe(self, db: sqlite3.Connection) -> None:
        """Write the least there is to write, in a transaction that is open.

        Raises:
            sqlite3.Error: nothing can be written.
            NoHostAvailable: the disk is full.
        """
        if shutil.disk_usage(self._path.parent).free < LEAST_FREE:
            raise NoHostAvailable(f"the disk of {self._path.parent} is full")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        db.execute(f"PRAGMA user_version = {int(version)}")

    def _found(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise NoHostAvailable(f"the database file {self._path} is not there any more ({error.strerror})") from error
        return found.st_dev, found.st_ino
