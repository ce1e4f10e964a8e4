"""Whatever document a comment, a docstring or a page names is in the clone, and so is the heading it points to."""

from __future__ import annotations

import re
from ast import get_docstring, parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import FENCE, LINK, ROOT, anchors, files, leads_somewhere, prose

CODE = ("*.py", "*.toml", "*.yaml", "*.sh", "*.ts", "*.svelte", "Makefile", ".ci/*", "Dockerfile", "deploy/*")
CITATION = re.compile(r"(?<![\w/.])((?:docs|packages/\w+/docs)/[\w./-]+\.md)(?:#([\w-]+))?")
PAGE = re.compile(r"(?<![\w/.*<-])([\w-]+\.md)\b")
SECTION = re.compile(r"\bconventions \d|\.md,? [\"`\d§]")


def citations(file: Path) -> Iterator[tuple[str, str]]:
    """Path and anchor of each document that a file names by its path."""
    yield from CITATION.findall(file.read_text(errors="replace"))


def cited(file: Path, path: str) -> Path:
    """A package cites its own documents from its own root; everybody else from the repository's."""
    parts = file.relative_to(ROOT).parts
    own = ROOT.joinpath(*parts[:2], path)
    return own if parts[0] == "packages" and own.exists() else ROOT / path


def sources() -> list[Path]:
    return [file for file in files(*CODE) if file != Path(__file__)]


def test_every_document_that_code_cites_is_there() -> None:
    lost = {
        f"{file.relative_to(ROOT)}: {path}#{anchor}"
        for file in sources()
        for path, anchor in citations(file)
        if not leads_somewhere(cited(file, path), anchor)
    }
    assert not lost


def test_code_names_no_page_that_is_not_in_the_clone() -> None:
    known = {page.name for page in files("*.md")}
    python = [file for file in sources() if file.suffix == ".py"]
    lost = {(file, name) for file in python for name in PAGE.findall(file.read_text()) if name not in known}
    assert not lost


def test_code_cites_headings_by_their_anchors() -> None:
    python = [file for file in sources() if file.suffix == ".py"]
    assert not {f"{file.relative_to(ROOT)}: {found}" for file in python for found in SECTION.findall(file.read_text())}


@pytest.mark.parametrize("page", files("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_documents_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        if not leads_somewhere(page.parent / path if path else page, anchor):
            lost.append(link)
    assert not lost


@pytest.mark.parametrize("page", files("docs/contract/*.md"), ids=lambda page: page.name)
def test_every_page_of_the_contract_is_in_its_table_of_contents(page: Path) -> None:
    assert f"]({page.name})" in (ROOT / "docs/contract/conventions.md").read_text()


def test_a_heading_that_is_not_there_is_noticed() -> None:
    page = ROOT / "docs/contract/conventions.md"
    assert leads_somewhere(page, "order-of-checks")
    assert not leads_somewhere(page, "order-of-cheques")
    assert not leads_somewhere(page.with_name("no-such-page.md"), "")
    assert "who-calls" in anchors(page)


@pytest.mark.parametrize("page", files("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_is_wrapped(page: Path) -> None:
    """Tables and code may be wider; everything else is read in terminals and in diffs. `make format` wraps it."""
    text = re.sub(r"^(\||    ).*$", "", FENCE.sub("", page.read_text()), flags=re.MULTILINE)
    assert [line for line in text.splitlines() if len(line) > 120] == []


def test_every_folder_of_the_source_is_in_the_overview() -> None:
    tree = (ROOT / "docs/architecture.md").read_text()
    folders = {file.relative_to(ROOT / "argus").parts[0] for file in files("argus/*/*.py")}
    assert {folder for folder in folders if f"`{folder}/" not in tree} == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        file
        for file in files("argus/*.py", "packages/strangler/strangler/*.py")
        if (tree := parse(file.read_text())).body and not get_docstring(tree)
    ]
    assert [str(file.relative_to(ROOT)) for file in silent] == []
