"""Files that are under way: what comes of an upload until it is whole and checked, and copies that programs read.

They stand in one folder of this host, so that what a killed process left behind is found and removed (docs/platform.md#files-events-hub):
by the purge, and by each process before its first draft and once an hour, since a purge knows the folder of one host only.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from pathlib import Path

REMOVED_AFTER = 3600  # seconds; whoever is at work on one is done by then


class Draft:
    """What has come so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("xb")
        self.hash = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        self.hash.update(piece)
        self.file.write(piece)

    def end(self, piece: bytes) -> None:
        """Write the last piece, and have all of it on the disk."""
        self.write(piece)
        self.file.flush()
        os.fsync(self.file.fileno())

    def remove(self) -> None:
        """Close it, and let nothing of it stay."""
        self.file.close()
        self.path.unlink(missing_ok=True)


class Drafts:
    """A folder of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._swept = float("-inf")

    def begin(self) -> Draft:
        """A new one; its name is nobody else's, and tells nothing."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if time.monotonic() - self._swept >= REMOVED_AFTER:
            self.sweep()
        return Draft(self.folder / secrets.token_hex(16))

    def sweep(self) -> int:
        """Remove those that nobody works on any more."""
        self._swept = time.monotonic()
        old = [path for path in self.folder.glob("*") if is_older(path, REMOVED_AFTER)]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def is_older(path: Path, seconds: float) -> bool:
    """Whether a file has stood for so long; one that is gone has not."""
    try:
        return time.time() - path.stat().st_mtime > seconds
    except FileNotFoundError:
        return False
