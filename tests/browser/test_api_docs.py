"""The API's document in a real browser: shown under its policy, with nothing asked of another server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.process import server

BY_POLICY = "csp"  # how Chromium names a request that the page's own policy stopped: nothing left the machine


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("api-docs")
    with server("fastapi", f"sqlite:///{folder}/argus.sqlite", folder) as running:
        yield running


@pytest.mark.parametrize(("path", "shown"), [("/docs", ".opblock-summary-path"), ("/redoc", "[data-section-id]")])
def test_the_document_is_shown_and_asks_nobody_else(browser: Browser, url: str, path: str, shown: str) -> None:
    page = browser.new_page()
    asked: list[Request] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request))
    page.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
    page.goto(url + path)
    expect(page.locator(shown).first).to_be_visible(timeout=30_000)
    page.wait_for_load_state("networkidle")
    scripts = [text for text in refused if "script" in text.lower() or "worker" in text.lower()]
    foreign = [request for request in asked if not request.url.startswith((url, "data:", "blob:"))]
    assert [request.url for request in foreign if request.response() is not None or request.failure != BY_POLICY] == []
    page.close()
    assert scripts == []
