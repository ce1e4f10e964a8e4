"""Texts that the pages of the contract quote are those that the code says: clients compare some of them, people search for all."""

from __future__ import annotations

import ast
import builtins
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.docs.markdown import FENCE, ROOT, files

SENTENCE = re.compile(r"[\"\[]?[A-Z#].*[a-z]")
OPEN = re.compile(r"<[^<>]*>|\{[^{}]*\}|…|\\?\"|@")
NO_TEXT = re.compile(
    r"^[A-Z][A-Za-z-]+: |^(?:[\w .]+, ){3,}[\w ]+$|^(?:[A-Z]+, )+[A-Z]+$|GMT$|^\[LEVEL\]|[·∓]|^File "
)  # headers, lists of names, forms, formulas
ELSEWHERE = {"ArgusClientError", "RetryError"}  # classes of the published client
SHORT = 10  # characters: what is left of a text between its open places is then no sign of anything


@cache
def said() -> str:
    """Every text of the code, and the templates."""
    texts = {
        node.value
        for file in files("argus/*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return "\0".join([*texts, *(file.read_text() for file in files("templates/*.j2", "argus/*.j2"))])


@cache
def code() -> str:
    return "\n".join(file.read_text() for file in files("argus/*.py"))


def quoted(page: Path) -> list[str]:
    """What a page quotes that reads like a sentence."""
    text = re.sub(r"\s*\n\s*", " ", FENCE.sub("", page.read_text()))
    return [span for span in re.findall(r"`([^`]+)`", text) if len(span.split()) > 2 and SENTENCE.match(span) and not NO_TEXT.search(span)]


def is_said(quote: str) -> bool:
    """Whether the longest piece between a quote's open places stands in the code."""
    piece = max((each.strip(" [],") for each in OPEN.split(quote)), key=len)
    return len(piece) < SHORT or piece in said()


@pytest.mark.parametrize("page", files("docs/contract/*.md"), ids=lambda page: page.name)
def test_texts_that_a_page_quotes_are_said(page: Path) -> None:
    assert [quote for quote in quoted(page) if not is_said(quote)] == []


@pytest.mark.parametrize("page", files("docs/contract/*.md"), ids=lambda page: page.name)
def test_classes_that_a_page_names_are_there(page: Path) -> None:
    named = set(re.findall(r"`([A-Z]\w+(?:Exception|Error|Payload|Request|Create|Update|Delete|Archive))`", page.read_text()))
    assert {name for name in named if not hasattr(builtins, name) and not re.search(rf"\b{name}\b", code())} <= ELSEWHERE


def test_every_route_of_the_contract_is_on_a_page() -> None:
    pages = "\n".join(page.read_text() for page in files("docs/contract/*.md"))
    lost = []
    for route in yaml.safe_load((ROOT / "docs/contract/routes.yaml").read_text())["routes"]:
        words = [segment for segment in route["path"].split("/") if segment and not segment.startswith("<")]
        if words and not re.search(rf"(?<![\w-]){re.escape(words[-1])}(?![\w-])", pages):
            lost.append(route["path"])
    assert lost == []


def test_enough_is_quoted_and_what_nobody_says_is_noticed() -> None:
    assert sum(len(quoted(page)) for page in files("docs/contract/*.md")) > 150
    assert is_said("Unsupported run type: <type>")
    assert not is_said("Unsupported kind of run: <type>")
