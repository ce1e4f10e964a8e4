"""The newest Python is found by what it says of itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environments import newer_python

PRESENT = sys.version_info[1]
Install = Callable[..., str]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a program by the name of a Python into a machine that has no other; it says that it is `says`."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))

    def made(minor: int, says: str = "", folder: str = "bin") -> str:
        path = tmp_path / folder / f"python3.{minor}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {says or f'3 {minor} final'}\n")
        path.chmod(0o755)
        return str(path)

    return made


def test_the_newest_of_all_is_taken(install: Install) -> None:
    install(PRESENT + 1)
    newest = install(PRESENT + 3, folder=f"pyenv/versions/3.{PRESENT + 3}.0/bin")
    install(PRESENT + 2)
    assert newer_python() == newest


def test_what_is_no_newer_than_this_one_is_no_other(install: Install) -> None:
    install(PRESENT)
    install(PRESENT - 1)
    assert newer_python() == ""


def test_what_is_not_released_or_does_not_run_is_left_out(install: Install) -> None:
    found = install(PRESENT + 1)
    install(PRESENT + 2, says=f"3 {PRESENT + 2} candidate")
    install(PRESENT + 3, says="; exit 127")
    assert newer_python() == found
