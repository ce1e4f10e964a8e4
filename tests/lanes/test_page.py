"""What a page tells the browser not to do, on both lanes."""

from __future__ import annotations

import re

import pytest

from tests.serving import Server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/auth/login", "/error/?type=404", "/profile/", "/views", "/admin/"])
async def test_only_our_scripts_run(server: Server, path: str) -> None:
    async with server.client("alice" if path != "/auth/login" else None) as client:
        answer = await client.get(path)
    assert answer.headers["content-type"].startswith("text/html"), answer.text
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    nonce = re.fullmatch(r"'self' 'nonce-([\w-]{20,})'", policy["script-src"])
    assert nonce, "our own files, and what bears the nonce of this page"
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.text)
    assert inline
    assert all(f'nonce="{nonce[1]}"' in attributes for attributes in inline)
    assert re.findall(r'<script[^>]*\bsrc="(?!/s/)', answer.text) == []
    assert re.findall(r"<[^>]+\son\w+\s*=|href=[\"']javascript:", answer.text) == [], "no script hides in an attribute"
    assert policy["object-src"] == "'none'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'self'"
    assert policy["form-action"] == "'self' https://github.com"
    assert policy["img-src"] == "'self' data: https:"
    assert {"style-src", "default-src", "connect-src"}.isdisjoint(policy), "bundles bring styles of their own"
    assert (answer.headers["x-content-type-options"], answer.headers["referrer-policy"]) == ("nosniff", "same-origin")


async def test_a_nonce_is_used_once(server: Server) -> None:
    async with server.client(None) as client:
        one, other = [(await client.get("/auth/login")).headers["content-security-policy"] for _ in range(2)]
    assert one != other


async def test_answers_of_the_api_let_nothing_run(server: Server) -> None:
    async with server.client() as client:
        answer = await client.get("/api/v1/releases")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
