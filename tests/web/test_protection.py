"""What every answer says to a browser, whoever made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from argus.web.app import create_gateway
from argus.web.plain import plain
from argus.web.protection import DEFAULTS
from tests.serving import Server, settings_for

pytestmark = pytest.mark.anyio

OTHERS = ("/api/v1/version", "/api/v1/releases", "/nowhere", "/api/v1/nowhere", "/s/argus.png", "/s/missing.js", "/healthz", "/metrics")


@pytest.mark.parametrize("path", OTHERS)
async def test_what_is_no_page_does_nothing_in_a_browser(server: Server, path: str) -> None:
    async with server.client("alice") as client:
        answer = await client.get(path)
    for name, value in DEFAULTS:
        assert answer.headers.get_list(name) == [value]


@pytest.mark.parametrize("path", ["/", "/auth/login", "/error/?type=404", "/docs", "/redoc"])
async def test_a_page_says_itself_what_it_may(server: Server, path: str) -> None:
    browser = await server.browser("alice")
    answer = await browser.get(path, follow_redirects=True)
    await browser.aclose()
    assert answer.headers["content-type"].startswith("text/html")
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "script-src 'self' 'nonce-" in policy
    assert "object-src 'none'" in policy
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


def test_without_the_gateway_it_is_the_same(tmp_path: Path) -> None:
    app: Any = plain(create_gateway(settings_for(tmp_path)))
    answer = Client(app).get("/nowhere")
    assert answer.status_code == 404
    for name, value in DEFAULTS:
        assert answer.headers.getlist(name) == [value]
