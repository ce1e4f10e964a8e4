"""Pages are compiled once, and those of strangers before anybody asks for them."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment

from argus.templating.render import environment
from argus.web.app import create_gateway
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_what_strangers_see_is_compiled_before_the_first_request(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.cache_clear()
    create_gateway(server.runtime.settings, lane="fastapi")
    assert environment.cache_info().currsize == 1

    def no_time(*_: Any, **__: Any) -> Any:
        raise AssertionError("twenty threads would do this at once")

    monkeypatch.setattr(Environment, "compile", no_time)
    async with server.client(None) as stranger:
        for page in ("/auth/login", "/error/?type=404"):
            answer = await stranger.get(page)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
