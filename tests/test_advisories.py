"""The lock files are held against the list of advisories."""

from __future__ import annotations

import json

import httpx
import pytest

from tests import advisories
from tests.advisories import Version, locked, main


def listed(*bad: str) -> httpx.Client:
    """A list that knows an advisory of the packages of these names."""

    def answer(request: httpx.Request) -> httpx.Response:
        queries = json.loads(request.content)["queries"]
        results = [{"vulns": [{"id": "GHSA-1"}]} if query["package"]["name"] in bad else {} for query in queries]
        return httpx.Response(200, json={"results": results})

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_every_lock_is_read() -> None:
    found = {(each.ecosystem, each.name) for each in locked()}
    assert {("PyPI", "fastapi"), ("PyPI", "pytest"), ("npm", "svelte"), ("npm", "axe-core")} <= found
    assert all(each.version[0].isdigit() for each in locked())


def test_a_version_with_an_advisory_is_named_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(listed("jinja2", "svelte")) == 1
    printed = capsys.readouterr().out
    version = next(each for each in locked() if each.name == "jinja2")
    assert f"PyPI jinja2 {version.version}: GHSA-1" in printed
    assert "npm svelte" in printed


def test_versions_are_asked_for_in_parts_that_the_list_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "AT_ONCE", 2)
    versions = [Version("PyPI", name, "1") for name in ("a", "b", "c", "d", "e")]
    assert [found.version.name for found in advisories.known(versions, listed("c", "e"))] == ["c", "e"]


def test_without_a_list_it_says_so_and_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way there")

    assert main(httpx.Client(transport=httpx.MockTransport(refused))) == 0
    assert capsys.readouterr().out == "left out: the list of advisories cannot be had here (ConnectError)\n"


def test_a_clean_list_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(listed()) == 0
    assert capsys.readouterr().out.endswith("0 with advisories\n")
