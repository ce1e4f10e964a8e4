"""Every answer says which request it answers and how long that took, on both lanes; so does every record of the log."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest

from argus.kit.logs import formatter
from tests.serving import Server

pytestmark = pytest.mark.anyio
LINES = formatter(terminal=False)


async def test_an_id_is_made_and_a_sane_one_kept(server: Server) -> None:
    async with server.client() as client:
        made = [(await client.get("/api/v1/version")).headers["x-request-id"] for _ in range(2)]
        kept = await client.get("/api/v1/version", headers={"X-Request-Id": "lb-7/1=2"})
        insane = [
            (await client.get("/", headers={"X-Request-Id": bad})).headers["x-request-id"] for bad in ("a b", "x" * 129, "<a>", "a,b")
        ]
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in [*made, *insane])
    assert len({*made, *insane}) == 6
    assert kept.headers.get_list("x-request-id") == ["lb-7/1=2"]


@pytest.mark.parametrize("path", ["/api/v1/version", "/nothing/here", "/auth/login", "/s/argus.png"])
async def test_answers_tell_how_long_they_took(server: Server, path: str) -> None:
    async with server.client() as client:
        answer = await client.get(path)
    told = re.fullmatch(r"total;dur=(\d+\.\d)(?:, wait;dur=(\d+\.\d))?", answer.headers["server-timing"])
    assert told
    assert (told[2] is not None) == (answer.headers["x-argus-lane"] == "flask"), "only Flask's requests wait for a thread"
    if told[2]:
        assert float(told[2]) <= float(told[1])


async def test_a_record_says_for_which_request_it_was_made(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    lines: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(LINES.format(record)))

    handler = Keep()
    logger = logging.getLogger("argus.failure")
    caplog.set_level(logging.INFO, "argus.failure")
    logger.addHandler(handler)
    try:
        async with server.client("bob", **{"X-Request-Id": "r-1", "Cookie": "session=abc.def"}) as client:
            assert (await client.post("/api/v1/release/create", json=["no"])).json()["status"] == "error"
    finally:
        logger.removeHandler(handler)
    assert lines
    fields = ("request_id", "remote_addr", "method", "path", "endpoint", "lane", "logger")
    assert {tuple(line[f] for f in fields) for line in lines} == {
        ("r-1", "127.0.0.1", "POST", "/api/v1/release/create", "api.release_create", str(server.lane), "argus.failure")
    }
    text = json.dumps(lines)
    assert "token-bob" not in text
    assert "abc.def" not in text
