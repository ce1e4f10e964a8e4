"""Documents, code and screens are free of the misspellings that codespell knows; words to leave alone stand in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, files

READ = {"documents": ["*.md"], "code": ["argus/*.py", "packages/strangler/strangler/*.py"], "screens": ["frontend/src/*", "templates/*"]}


def misspelt(*read: Path) -> list[str]:
    """Each as `file:line: word ==> suggestions`.

    Raises:
        CalledProcessError: codespell could not read, or be configured.
    """
    found = subprocess.run([sys.executable, "-m", "codespell_lib", *map(str, read)], cwd=ROOT, capture_output=True, text=True)
    if found.returncode not in (0, 65):  # 65: misspellings were found
        found.check_returncode()
    return found.stdout.splitlines()


@pytest.mark.parametrize("what", READ)
def test_words_are_spelt_right(what: str) -> None:
    read = files(*READ[what])
    assert read
    assert misspelt(*read) == []


def test_a_misspelling_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("The header is `TE`.\n\nSomethign else.\n")
    (found,) = misspelt(page)
    assert "page.txt:3" in found
