"""Files below `/s/` answer methods as every other path does (conventions 1.2)."""

from __future__ import annotations

import pytest

from tests.serving import Server

pytestmark = pytest.mark.anyio
ALLOWED = "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/s/no-user-picture.png", "/s/missing.js", "/api/v1/version"])
async def test_options_are_told(server: Server, path: str) -> None:
    async with server.client() as client:
        answer = await client.options(path)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (200, b"", ALLOWED)


@pytest.mark.parametrize("path", ["/s/no-user-picture.png", "/api/v1/version"])
async def test_files_are_only_read(server: Server, path: str) -> None:
    async with server.client("alice") as client:
        answer = await client.post(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, ALLOWED)
    assert "Method Not Allowed" in answer.text
