"""What the program of a job prints: the last lines, kept in a file of the job's folder."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from argus.kit.logs import redacted

KEPT = 10_000  # lines
SHOWN = 50  # lines in the job itself
LONGEST = 64 * 1024  # bytes of a line

_secret = re.compile(r"(?i)\b(\w*(?:password|passwd|token|secret|api[_-]?key|authorization))([\"']?\s*[=:]\s*)\S+")


class JobLog:
    """The last `KEPT` lines; the file never holds more than twice as many."""

    def __init__(self, file: Path) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT)
        self._file = file
        self._new: list[str] = []
        self._written = 0

    def add(self, line: str) -> None:
        """Keep a line, without secrets and what a terminal would obey."""
        printable = "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in line)
        clean = _secret.sub(r"\1\2***", redacted(printable))
        self.lines.append(clean)
        self._new.append(clean)
        if len(self._new) > KEPT:
            del self._new[:-KEPT]

    @property
    def shown(self) -> list[str]:
        """What the job itself shows."""
        return list(self.lines)[-SHOWN:]

    def flush(self) -> list[str]:
        """Write what is new. Blocks.

        Returns:
            The lines that were new, of more than `KEPT` the last ones.

        Raises:
            OSError: the disk is full, say.
        """
        new, self._new = self._new, []
        if not new:
            return new
        if self._written + len(new) > 2 * KEPT:
            _write(self._file.with_suffix(".new"), list(self.lines), os.O_TRUNC)
            self._file.with_suffix(".new").replace(self._file)
            self._written = len(self.lines)
        else:
            _write(self._file, new, os.O_APPEND)
            self._written += len(new)
        return new


def _write(file: Path, lines: Iterable[str], how: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o600), "w", encoding="utf-8", errors="replace") as out:
        out.writelines(f"{line}\n" for line in lines)


def tail(file: Path, lines: int) -> list[str]:
    """The last lines of a job's file; none where it has gone. Blocks."""
    try:
        with file.open(encoding="utf-8", errors="replace") as kept:
            return [line.rstrip("\n") for line in deque(kept, maxlen=lines)]
    except FileNotFoundError:
        return []
