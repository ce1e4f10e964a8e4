"""Copies of the project in which code may be broken: the one that people work in is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.mutants.breaks import ROOT, Break

RED, GREEN = 1, 0  # how pytest ends when tests failed, and when none did
LONGEST_RUN = 600.0  # seconds of one break's tests


def copy_project(folder: Path) -> Copy:
    """All that git knows or would take in, as it stands in the work tree."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return Copy(folder)


@dataclass
class Copy:
    """A copy of the project, for one break at a time."""

    folder: Path
    _times: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def broken(self, entry: Break) -> Iterator[None]:
        """The copy with a break in it."""
        file = self.folder / entry.file
        whole = file.read_text()
        self._write(file, entry.broken(whole))
        try:
            yield
        finally:
            self._write(file, whole)

    def _write(self, file: Path, text: str) -> None:
        """With a time of its own: Python takes a compiled module for the right one when size and second are the same."""
        file.write_text(text)
        seconds = file.stat().st_mtime + 2 * next(self._times)
        os.utime(file, (seconds, seconds))

    def play(self, tests: list[str]) -> tuple[int, str]:
        """How pytest ends on these tests in this copy, and what it printed; -1 when it did not end."""
        packages = [str(found.parent) for found in self.folder.glob("packages/*/pyproject.toml")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(self.folder), *packages])}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=short", "-m", "", *tests]
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                check=False,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=LONGEST_RUN,
            )
        except subprocess.TimeoutExpired:
            return -1, f"did not end within {LONGEST_RUN:.0f} s"
        return done.returncode, done.stdout + done.stderr
