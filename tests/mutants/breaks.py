"""The lists of deliberate breaks, `tests/mutants/<area>.yaml`, and what makes them wrong."""

from __future__ import annotations

import ast
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

ROOT = Path(__file__).resolve().parents[2]
LISTS = Path(__file__).resolve().parent


class BadList(Exception):
    """A list that cannot be read."""


class Break(BaseModel):
    """One guard taken away, and the tests that must notice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="A sentence that says what is broken")
    file: str = Field(description="Path of the code below the root of the project")
    find: str = Field(min_length=1, description="Text that the file holds once")
    replace: str
    tests: list[str] = Field(min_length=1, description="Ids as pytest takes them; every one of them must fail")
    endless: float = Field(0, ge=0, description="Its tests do not end, and count as red after so many seconds each")
    area: str = Field("", description="The list that it stands in, without .yaml")

    @property
    def files(self) -> list[str]:
        """The broken code and the files of the tests."""
        return list(dict.fromkeys([self.file, *(test.partition("::")[0] for test in self.tests)]))

    def broken(self, source: str) -> str:
        """The file's text with the break in it."""
        return source.replace(self.find, self.replace)


def read_lists(folder: Path = LISTS) -> list[Break]:
    """All breaks, in the order of their lists. Raises BadList when one makes no sense."""
    return [each for file in sorted(folder.glob("*.yaml")) for each in _read(file)]


def _read(file: Path) -> list[Break]:
    try:
        entries = yaml.safe_load(file.read_text()) or []
        return [Break(**{**entry, "area": file.stem}) for entry in entries]
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise BadList(f"{file.name}: {error}") from error


def faults(entry: Break, root: Path = ROOT) -> list[str]:
    """What is wrong with an entry as the code stands; nothing when it can be tried."""
    code = root / entry.file
    if not code.is_file():
        return [f"{entry.file} does not exist"]
    source = code.read_text()
    if (times := source.count(entry.find)) != 1:
        return [f"{entry.file} holds the text to find {times} times, not once", *_missing_tests(entry, root)]
    return [*_nonsense(entry, source), *_missing_tests(entry, root)]


def _nonsense(entry: Break, source: str) -> list[str]:
    if entry.find == entry.replace:
        return ["it breaks nothing"]
    if entry.file.endswith(".py"):
        try:
            ast.parse(entry.broken(source))
        except SyntaxError as error:
            return [f"{entry.file} would not be Python any more: {error}"]
    return []


def _missing_tests(entry: Break, root: Path) -> list[str]:
    return [f"{test} does not exist" for test in entry.tests if not _exists(test, root)]


def _exists(test: str, root: Path) -> bool:
    path, *names = test.partition("[")[0].split("::")
    file = root / path
    if not names:
        return file.exists()
    return file.is_file() and f"def {names[-1]}(" in file.read_text()
