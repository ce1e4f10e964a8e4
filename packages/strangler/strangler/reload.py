"""Watches the registry and swaps tables: a good edit serves within a second, a bad one is refused and the last good table goes on.

It looks at the file by `stat`, which also sees a rename, a symlink that points elsewhere and a bind mount, and once a second at what the
file holds, for an edit may leave size and time as they were. A change counts once size, times and inode were the same in two looks, so
that a file that is being written is not read. Whatever else stands in its place is refused without being waited for (`registry.read`); a
file system that does not come back holds the watch alone, and `stuck` says so.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strangler.registry import Registry, RegistryError, Unreadable, content_of, decode
from strangler.table import Table

LOOK_EVERY = 0.1
STABLE_FOR = 0.1
CONTENT_EVERY = 1.0  # seconds between two looks at what the file holds
GONE_FOR = 1.0  # seconds after which a missing file is no step of a replacement
STUCK_FOR = 5.0  # seconds after which a look at the file, or an edit, takes too long

log = logging.getLogger(__name__)
Compile = Callable[[Registry], Table]
Swapped = Callable[[Path, Registry, Registry], None]
Look = tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit that was refused."""

    reason: str
    line: int | None
    at: datetime


class LiveTable:
    """The table that serves, and the file that it follows."""

    def __init__(self, source: Path | Registry, compile: Compile, swapped: Swapped = lambda file, before, after: None) -> None:
        """Raises RegistryError when the first table cannot be made: a server does not start on a bad registry. `swapped` is told the file,
        and the registries before and after, of each edit that has changed the table."""
        self.source = source
        self.swapped = swapped
        self.refusal: Refusal | None = None
        self.loaded_at = datetime.now(UTC)
        self._compile = compile
        self._seen: Look = self._look()
        self._content = b""  # the digest of what was read last
        self._content_looked = time.monotonic()
        self.registry = self._read(source) if isinstance(source, Path) else source
        self.table: Table = compile(self.registry)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._looked = time.monotonic()
        self._gone_since: float | None = None
        self._told_gone = self._told_stuck = False

    def watch(self) -> None:
        """Follow the file from a background thread until `stop`."""
        if isinstance(self.source, Path) and self._thread is None:
            self._stop.clear()
            self._looked = time.monotonic()
            self._thread = threading.Thread(target=self._follow, name="registry-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Follow the file no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None

    def stuck(self) -> float | None:
        """For how many seconds the watch has not come back from the file, or from an edit; None while it does. Told to the log once."""
        late = time.monotonic() - self._looked
        if self._thread is None or late < STUCK_FOR:
            self._told_stuck = False
            return None
        if not self._told_stuck:
            self._told_stuck = True
            log.error("registry: the watch has been stuck at %s for %.0f s, table %s goes on serving", self.source, late, self.table.hash)
        return late

    def recompile(self) -> None:
        """Compile the registry in force again, for an application whose routes have changed. Raises RegistryError."""
        self.table = self._compile(self.registry)

    def load(self) -> bool:
        """Read the file and swap the table. Returns whether it was accepted; a refusal is logged and kept."""
        assert isinstance(self.source, Path)
        try:
            registry = self._read(self.source)
            table = self._compile(registry)
        except RegistryError as error:
            self._refuse(error.reason, error.line)
            return False
        except Exception as error:  # whatever an edit causes, the last good table serves
            log.exception("registry: an edit could not be compiled")
            self._refuse(f"{type(error).__name__}: {error}", None)
            return False
        before, registry_before = self.table.hash, self.registry
        self.registry = registry
        self.table = table
        self.refusal = None
        self.loaded_at = datetime.now(UTC)
        if table.hash != before:
            log.info("registry: table %s serves instead of %s", table.hash, before)
            self.swapped(self.source, registry_before, registry)
        return True

    def state(self) -> dict[str, Any]:
        """What serves and since when, and what was refused since."""
        refusal = self.refusal
        return {
            "table": self.table.hash,
            "loaded_at": self.loaded_at.isoformat(),
            "stuck_for": self.stuck(),
            "file_gone": self._told_gone,
            "refused": {"reason": refusal.reason, "line": refusal.line, "at": refusal.at.isoformat()} if refusal else None,
        }

    def _read(self, source: Path) -> Registry:
        try:
            content = content_of(source)
        except Unreadable:
            self._seen = None  # it is tried again
            raise
        self._content = _digest(content)
        return decode(content, source.name)

    def _refuse(self, reason: str, line: int | None) -> None:
        if self.refusal is None or (self.refusal.reason, self.refusal.line) != (reason, line):
            told = f"line {line}: {reason}" if line else reason
            log.error("registry: edit refused, table %s goes on serving: %s", self.table.hash, told)
        self.refusal = Refusal(reason, line, datetime.now(UTC))

    def _follow(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self._looked = time.monotonic()
            try:
                look = self._look()
                self._mind_absence(look)
                if look is None or (look == self._seen and not self._holds_something_else()):
                    continue
                while not self._stop.wait(STABLE_FOR):
                    self._looked = time.monotonic()
                    before, look = look, self._look()
                    if look is not None and look == before:
                        self._seen = look
                        self.load()
                        break
                    if look is None:
                        break
            except Exception:
                log.exception("registry: the watch goes on after an error")

    def _holds_something_else(self) -> bool:
        """Whether the file holds something else than was read last; looked at once a second."""
        now = time.monotonic()
        if now - self._content_looked < CONTENT_EVERY:
            return False
        self._content_looked = now
        assert isinstance(self.source, Path)
        try:
            return _digest(content_of(self.source)) != self._content
        except RegistryError:
            return False  # it was read before; a change of its kind shows in its inode

    def _mind_absence(self, look: Look) -> None:
        """Tell the log, once, that the file is gone or that it is back."""
        if look is not None:
            if self._told_gone:
                log.info("registry: %s is back", self.source)
            self._gone_since, self._told_gone = None, False
            return
        now = time.monotonic()
        self._gone_since = self._gone_since or now
        if not self._told_gone and now - self._gone_since >= GONE_FOR:
            self._told_gone = True
            log.error("registry: %s is gone, table %s goes on serving", self.source, self.table.hash)

    def _look(self) -> Look:
        if not isinstance(self.source, Path):
            return None
        try:
            found = self.source.stat()
        except OSError:
            return None  # between two steps of a replacement, or gone: the last good table serves
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
