"""Every command and every option has its heading in docs/cli.md, and the page has none that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer import Context

from argus.cli.app import app
from tests.cli.conftest import Argus

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
HELP = {"--help", "-h"}


def commands() -> Iterator[tuple[str, Any]]:
    """Name → command of everything that can be called, and of `argus` itself for the options before any command."""
    root: Any = typer.main.get_command(app)
    yield "argus", root

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "list_commands"):
            yield name, command
            return
        context = Context(command)
        for word in command.list_commands(context):
            yield from below(f"{name} {word}", command.get_command(context, word))

    yield from below("argus", root)


COMMANDS = dict(commands())


def sections() -> dict[str, list[str]]:
    """Command → headings below it."""
    found: dict[str, list[str]] = {}
    text = re.sub(r"^```.*?^```", "", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)
    for marks, title in re.findall(r"^(#+) (.+)$", text, re.MULTILINE)[1:]:
        if marks == "#":
            found[title] = []
        else:
            found[list(found)[-1]].append(title)
    return found


def parameters(command: Any) -> list[str]:
    """Options by their long name, arguments by their name."""
    longest = [max(p.opts, key=len) if p.param_type_name == "option" else p.name for p in command.params]
    return [str(name) for name in longest if name not in HELP]


def test_every_command_has_a_heading_and_every_heading_a_command() -> None:
    assert list(sections()) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_heading_below_its_command(name: str) -> None:
    assert sorted(sections()[name]) == sorted(parameters(COMMANDS[name]))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_worth_reading(argus: Argus, name: str) -> None:
    result = argus(*name.split()[1:], "--help")
    assert result.exit_code == 0
    command = COMMANDS[name]
    assert command.help, "a command says what it does"
    assert all(getattr(p, "help", None) for p in command.params), "and each option what it is for"


def test_the_version(argus: Argus) -> None:
    import argus as package

    assert argus("--version").stdout == f"argus {package.__version__}\n"
