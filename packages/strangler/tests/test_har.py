"""Recorded traffic against both lanes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from strangler.compare import Answer
from strangler.har import Ask, HarError, Request, is_safe, read_har, replay
from support.gateways import make_gateway, running

pytestmark = pytest.mark.anyio


def _entry(method: str, url: str, status: int, body: str, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    return {
        "request": {
            "method": method,
            "url": f"https://argus.test{url}",
            "headers": [{"name": ":authority", "value": "x"}, *more.get("headers", [])],
        }
        | ({"postData": more["posted"]} if "posted" in more else {}),
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": kind}, {"name": "Content-Encoding", "value": "gzip"}],
            "content": {"text": body, **more.get("content", {})},
        },
    }


def _har(*entries: dict[str, Any]) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def _ask(client: Any) -> Ask:
    async def ask(request: Request) -> Answer:
        answer = await client.request(request.method, request.url, headers=request.headers, content=request.body)
        return Answer(answer.status_code, answer.headers.raw, answer.content)

    return ask


async def test_what_differs_from_the_recording_is_told_by_lane() -> None:
    exchanges = read_har(
        _har(
            _entry("GET", "/runs/abc?x=1", 200, '{"name": "abc"}'),
            _entry("GET", "/runs/abc", 200, '{"name": "other"}'),
            _entry("GET", "/whoami", 200, '{"identity": "ann", "session": "ann"}', headers=[{"name": "x-user", "value": "ann"}]),
            _entry(
                "POST",
                "/echo",
                200,
                base64.b64encode(b"a=1").decode(),
                "application/octet-stream",
                posted={"params": [{"name": "a", "value": "1"}]},
                content={"encoding": "base64"},
            ),
        )
    )
    assert [is_safe(exchange) for exchange in exchanges] == [True, True, True, False]
    async with running(make_gateway(lane="flask")) as flask, running(make_gateway(lane="fastapi")) as fastapi:
        found = await replay(exchanges, {"flask": _ask(flask), "fastapi": _ask(fastapi)}, ignore=["@cookie.session", "@header.vary"])
    assert [
        (each.lane, each.request.url, [(d.path, d.one, d.other) for d in each.differences or ()]) for each in found if each.differences
    ] == [
        ("flask", "/runs/abc", [("name", "other", "abc")]),
        ("fastapi", "/runs/abc", [("name", "other", "abc")]),
    ]
    assert len(found) == 8


async def test_what_changes_from_call_to_call_is_noise() -> None:
    calls = 0

    async def ask(request: Request) -> Answer:
        nonlocal calls
        calls += 1
        return Answer(200, [(b"content-type", b"application/json")], json.dumps({"at": calls, "name": "x"}).encode())

    (found,) = await replay(read_har(_har(_entry("GET", "/a", 200, '{"at": 0, "name": "y"}'))), {"flask": ask})
    assert [each.path for each in found.differences or ()] == ["name"]
    calls = 0
    await replay(read_har(_har(_entry("POST", "/a", 200, '{"at": 0, "name": "y"}'))), {"flask": ask})
    assert calls == 1, "what changes something is asked once"


async def test_what_tried_to_write_is_not_compared() -> None:
    async def ask(request: Request) -> None:
        return None

    (found,) = await replay(read_har(_har(_entry("GET", "/a", 200, "{}"))), {"flask": ask})
    assert found.differences is None


@pytest.mark.parametrize("text", ["", "{}", '{"log": {"entries": 3}}', "[]"])
async def test_what_is_no_har(text: str) -> None:
    with pytest.raises(HarError, match="not a HAR"):
        read_har(text)


async def test_an_entry_that_is_broken_is_named() -> None:
    with pytest.raises(HarError, match="entry 1: KeyError"):
        read_har(_har(_entry("GET", "/", 200, ""), {"request": {}}))
