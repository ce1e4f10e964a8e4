"""Both lanes take and refuse the same forms: Flask's configuration is the limit of FastAPI's, too."""

from __future__ import annotations

import asyncio
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form
from flask import Flask, request

from strangler.gateway import Gateway
from strangler.registry import Lane, parse

pytestmark = pytest.mark.anyio

REGISTRY = "version: 1\nblueprints:\n  f:\n    owner: {}\n    routes:\n      - {{path: /form, methods: [POST]}}\nunlisted: flask\n"
MEMORY, PARTS = 3_000, 10
HAVE_LIMITS = "MAX_FORM_PARTS" in Flask.default_config and hasattr(FastAPI().router, "form_limits")


def _gateway(owner: Lane, **options: object) -> Gateway:
    old, new = Flask("old"), FastAPI(**options)  # type: ignore[arg-type]
    old.config.update(MAX_FORM_MEMORY_SIZE=MEMORY, MAX_FORM_PARTS=PARTS)
    old.add_url_rule("/form", "form", lambda: str(len(request.form["text"])), methods=["POST"])

    @new.post("/form")
    async def form(text: Annotated[str, Form()]) -> int:
        return len(text)

    return Gateway(new, old, parse(REGISTRY.format(owner)))


@pytest.mark.parametrize("owner", ["flask", "fastapi"])
@pytest.mark.parametrize(
    ("size", "others", "taken"), [(MEMORY - 1000, 0, True), (MEMORY + 1, 0, False), (1, PARTS - 1, True), (1, PARTS + 1, False)]
)
async def test_a_form_is_taken_or_refused_alike(owner: Lane, size: int, others: int, taken: bool) -> None:
    if not taken and not HAVE_LIMITS:
        pytest.skip("the oldest versions of Flask and FastAPI have no limits of forms that they could share")
    gateway = _gateway(owner)
    gateway.portal.attach(asyncio.get_running_loop())
    fields = [("text", (None, "x" * size)), *((f"other{n}", (None, "x")) for n in range(others))]
    transport = httpx.ASGITransport(app=gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://pair.test") as client:
        answer = await client.post("/form", files=fields)
    assert answer.headers["x-lane-lane"] == owner
    assert answer.is_success is taken
    assert taken or answer.status_code in (400, 413), answer.text
