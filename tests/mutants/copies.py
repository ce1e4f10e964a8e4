"""Copies of the project in which code may be broken: the one that people work in is never touched.

Tests are played in processes that are forked from one which has loaded the libraries of others already (`forkserver`), over modules that
are compiled already: a break's tests then start in a fraction of the time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.mutants.breaks import ROOT, Break
from tests.mutants.noted import Noted, Notes

LONGEST_RUN = 300.0  # seconds of what one id names
OURS = {"argus", "strangler", "tests"}
LOADED = """
import sys, tests.serving, hypothesis, pytest
print(*sorted(name for name, module in sys.modules.items() if "site-packages" in (getattr(module, "__file__", None) or "")))
"""


def project_files() -> list[Path]:
    """All that git knows or would take in, as it stands in the work tree."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in filter(None, listed.stdout.split("\0"))]


def copy_project(folder: Path) -> Copy:
    """The project's files, with what Python has compiled of them and the built pages."""
    files = project_files()
    compiled = [each for parent in {file.parent for file in files} for each in parent.glob("__pycache__/*.pyc")]
    for file in [*files, *compiled, *(ROOT / "public/dist").glob("*")]:
        if file.is_file():
            target = folder / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)  # with its time, by which Python knows whether it was compiled
    _forks()  # now, and not in each of several threads
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

    def play(self, tests: list[str], seconds: float = 0) -> Noted:
        """Play these tests in this copy; of each id only until it is red. Each test has `seconds`, or as long as pytest's settings say."""
        with TemporaryDirectory(prefix="played-") as told:
            running = _forks().Process(target=_play, args=(self.folder, tests, Path(told), seconds))
            running.start()
            running.join(LONGEST_RUN * len(tests))
            if over := running.exitcode is None:
                os.killpg(running.pid or 0, signal.SIGKILL)  # with the servers that its tests have started
                running.join()
            return Noted.read(Path(told), None if over else running.exitcode)


@cache
def _forks() -> ForkServerContext:
    """Forks of a process that has loaded what an application and its tests load of other people's libraries."""
    found = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True, text=True)
    forks = get_context("forkserver")
    forks.set_forkserver_preload(found.stdout.split())
    return forks


def _play(folder: Path, tests: list[str], told: Path, seconds: float) -> None:
    """In a process of its own: let pytest play, print into a file, and tell how each id ended."""
    os.setsid()
    printed = os.open(told / "printed", os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(printed, stream)
    notes = Notes(tests, told)
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]  # of the project itself; the copy's are wanted
    here = [str(folder), *(str(found.parent) for found in folder.glob("packages/*/pyproject.toml"))]
    sys.path[:] = [*here, *(place for place in sys.path if Path(place or ".").resolve() not in _project())]
    os.environ["PYTHONPATH"] = os.pathsep.join(here)
    os.chdir(folder)
    root = f"--rootdir={folder}"  # ids are told as they were asked for, also where a package has settings of its own
    ends = [f"--timeout={seconds:g}"] if seconds else []
    ended = pytest.main([root, "-q", "--no-header", "--tb=short", "-p", "no:schemathesis", "-m", "", *ends, *tests], plugins=[notes])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)  # without waiting for threads that a break has left behind


def _project() -> set[Path]:
    return {ROOT, *(found.parent for found in ROOT.glob("packages/*/pyproject.toml"))}
