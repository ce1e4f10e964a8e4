"""What stands in the code of the documents can be read by what it is for: blocks by their language, commands by the command line."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from typer import Context

from argus.cli.app import app
from tests.docs.markdown import FENCE, ROOT, files

PAGES = files("*.md")
OWN = [page for page in PAGES if page.relative_to(ROOT).parts[0] != "packages"]
READERS: dict[str, Callable[[str], Any]] = {
    "python": ast.parse,
    "json": json.loads,
    "yaml": lambda text: list(yaml.safe_load_all(text)),
    "toml": tomllib.loads,
}
OF_THE_CLIENT = {"test"}  # the published command-line client is called `argus` as well
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def blocks() -> Iterator[Any]:
    for page in PAGES:
        for number, (indent, language, text) in enumerate(FENCE.findall(page.read_text())):
            if language in READERS:
                plain = "\n".join(line.removeprefix(indent) for line in text.splitlines())
                yield pytest.param(language, plain, id=f"{page.relative_to(ROOT)}-{number}")


@pytest.mark.parametrize(("language", "text"), list(blocks()))
def test_a_block_is_what_it_says(language: str, text: str) -> None:
    READERS[language](text)


def lines_of_code(page: Path) -> Iterator[str]:
    """Lines of blocks, fenced or indented, and what stands between backticks."""
    text = page.read_text()
    for _, _, block in FENCE.findall(text):
        yield from block.splitlines()
    rest = FENCE.sub("", text)
    yield from re.findall(r"^ {4}(\S.*)$", rest, re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", rest)


def unknown(words: list[str]) -> str | None:
    """The first word or option of a command line that its command does not have."""
    command: Any = typer.main.get_command(app)
    context, left = Context(command), iter(words)
    for word in left:
        if word == "…":
            return None
        if word.startswith("-"):
            option, _, value = word.partition("=")
            found = [parameter for parameter in command.params if option in (*parameter.opts, *parameter.secondary_opts)]
            if not found and option != "--help":
                return word
            if found and not value and not found[0].is_flag:
                next(left, None)
        elif hasattr(command, "list_commands"):
            if word not in command.list_commands(context):
                return word
            command = command.get_command(context, word)
    return None


@pytest.mark.parametrize("page", OWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_a_page_tells_exist(page: Path) -> None:
    lost = []
    for line in lines_of_code(page):
        if not re.match(r"(?:ARGUS_\w+=\S+ )*(?:\.venv/bin/)?argus ", line):
            continue
        words = shlex.split(line.split(" #")[0], posix=True)
        said = words[next(i for i, word in enumerate(words) if word in ("argus", ".venv/bin/argus")) + 1 :]
        if said[0] not in OF_THE_CLIENT and unknown(said):
            lost.append(line)
    assert not lost


SCREENS = [
    file
    for folder in ("frontend/src", "templates", "packages/strangler/strangler/console/static")
    for file in sorted((ROOT / folder).rglob("*"))
    if file.suffix in (".svelte", ".ts", ".j2", ".js", ".html")
]
TOLD = re.compile(r"<code>\s*argus ([^<{$]*)")


def test_commands_that_a_screen_names_exist() -> None:
    told = [(str(file.relative_to(ROOT)), words) for file in SCREENS for words in TOLD.findall(file.read_text())]
    assert told, "some screen names one"
    assert [(file, words) for file, words in told if unknown(shlex.split(words))] == []


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert unknown(["routes", "list", "client"]) is None
    assert unknown(["--storage", "sqlite://", "db", "check"]) is None
    assert unknown(["routes", "lsit"]) == "lsit"
    assert unknown(["routes", "list", "--jsno"]) == "--jsno"


@pytest.mark.parametrize("page", OWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_targets_of_make_that_a_page_tells_exist(page: Path) -> None:
    told = {word for line in lines_of_code(page) for word in re.findall(r"^make ([a-z][\w-]*)", line)}
    assert told <= TARGETS
