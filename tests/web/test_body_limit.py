"""Bodies longer than `MAX_CONTENT_LENGTH` are refused alike by both lanes, however they come, and change nothing."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from argus.models.catalogue import ArgusRelease
from argus.storage.statements import eq, select
from strangler.registry import Lane
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio
MOST = 3_000
CREATE = "/api/v1/release/create"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module", params=["flask", "fastapi"])
async def limited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    lane = cast("Lane", request.param)
    async with serving(tmp_path_factory.mktemp(lane), lane, MAX_CONTENT_LENGTH=MOST) as running:
        yield running


def body(name: str, size: int) -> bytes:
    """A request for a release, of so many bytes."""
    return f'{{"{name}": {{"groups": {{}}}}}}'.encode().ljust(size)


async def chunks(whole: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(whole), 1000):
        yield whole[start : start + 1000]


def sent(whole: bytes, chunked: bool) -> Any:
    return chunks(whole) if chunked else whole


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
async def test_a_longer_body_is_refused_and_changes_nothing(limited: Server, chunked: bool) -> None:
    name = f"too-long-{uuid.uuid4()}"
    async with limited.client() as alice:
        answer = await alice.post(CREATE, content=sent(body(name, MOST + 1), chunked), headers=JSON)
        assert answer.status_code == 413
        told = answer.json()
        assert len(told["response"].pop("trace_id")) == 44
        text = "The data value transmitted exceeds the capacity limit."
        assert told == {"status": "error", "response": {"exception": "RequestEntityTooLarge", "message": text, "arguments": [text]}}
        assert answer.headers["x-argus-lane"] == limited.lane
    assert await limited.store.first(select(ArgusRelease).where(eq("name", name))) is None


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
async def test_a_body_of_just_that_length_is_read_whole(limited: Server, chunked: bool) -> None:
    name = f"fits-{uuid.uuid4()}"
    async with limited.client() as alice:
        answer = await alice.post(CREATE, content=sent(body(name, MOST), chunked), headers=JSON)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert await limited.store.first(select(ArgusRelease).where(eq("name", name))) is not None


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
async def test_who_may_not_call_is_told_so_first(limited: Server, chunked: bool) -> None:
    async with limited.client(None) as stranger:
        answer = await stranger.post(CREATE, content=sent(body("x", MOST + 1), chunked), headers=JSON)
    assert (answer.status_code, answer.json()["message"]) == (403, "Authorization required")


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
async def test_a_route_that_reads_no_body_does_not_mind(limited: Server, chunked: bool) -> None:
    async with limited.client() as alice:
        answer = await alice.request("GET", "/api/v1/version", content=sent(b"x" * (MOST + 1), chunked))
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        picture = await alice.request("GET", "/s/argus.png", content=sent(b"x" * (MOST + 1), chunked))
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
async def test_a_form_of_a_page_is_refused_by_a_page(limited: Server, chunked: bool) -> None:
    form = b"username=alice&password=".ljust(MOST + 1, b"x")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with limited.client(None) as stranger:
        answer = await stranger.post("/auth/login", content=sent(form, chunked), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "exceeds the capacity limit" in answer.text


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
async def test_an_upload_is_refused_while_it_comes(limited: Server, chunked: bool) -> None:
    """No more is taken than the limit asks for."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 1_000 * MOST:
            taken += 1000
            yield b" " * 1000

    headers = JSON if chunked else {**JSON, "Content-Length": str(1_000 * MOST)}
    async with limited.client() as alice:
        answer = await alice.post(CREATE, content=endless(), headers=headers)
    assert answer.status_code == 413
    assert taken <= 2 * MOST


async def test_whoever_is_logged_in_may_send_much(client: Any) -> None:
    name = f"large-{uuid.uuid4()}"
    answer = await client.post(CREATE, content=body(name, 3_000_000), headers=JSON)
    assert answer.json()["status"] == "ok"


@pytest.fixture(scope="module", params=["flask", "fastapi"])
async def strict(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    """Where callers who are not logged in may send little, and all together not much more."""
    lane = cast("Lane", request.param)
    limits = {"ANONYMOUS_CONTENT_LENGTH": 1000, "CONTENT_TOGETHER": 100_000, "BODY_TIMEOUT": 1.0}
    async with serving(tmp_path_factory.mktemp(lane), lane, **limits) as running:
        yield running


class Wire:
    """One request on the level of ASGI: what is given of its body, and what comes back."""

    def __init__(self, server: Server, method: str, path: str, *headers: tuple[bytes, bytes]) -> None:
        fields = [(b"host", b"argus.test"), *headers]
        at = {"path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "server": ("argus.test", 80)}
        self.scope = {"type": "http", "http_version": "1.1", "scheme": "http", "method": method, "headers": fields, **at}
        self.parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.asked = 0
        self.sent: list[Any] = []
        self.task = asyncio.ensure_future(server.app(self.scope, self._receive, self._send))

    async def _receive(self) -> Any:
        self.asked += 1
        return await self.parts.get()

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    def give(self, data: bytes, more: bool = True) -> None:
        self.parts.put_nowait({"type": "http.request", "body": data, "more_body": more})

    async def answer(self) -> tuple[int, dict[bytes, bytes], bytes]:
        async with asyncio.timeout(20):
            await self.task
        return self.sent[0]["status"], dict(self.sent[0]["headers"]), b"".join(m.get("body", b"") for m in self.sent[1:])


LENGTH = (b"content-length", b"5000")
CHUNKED = (b"transfer-encoding", b"chunked")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
MULTIPART = (b"content-type", b"multipart/form-data; boundary=x")
EXPECT = (b"expect", b"100-continue")
IS_JSON = (b"content-type", b"application/json")
TOKEN = (b"authorization", b"token token-alice")


@pytest.mark.parametrize("kind", [FORM, MULTIPART])
@pytest.mark.parametrize("length", [LENGTH, CHUNKED])
async def test_a_stranger_may_send_little(strict: Server, kind: tuple[bytes, bytes], length: tuple[bytes, bytes]) -> None:
    request = Wire(strict, "POST", "/auth/login", kind, length)
    request.give(b"--x\r\nContent-Disposition: form-data; name=username\r\n\r\n".ljust(600, b"x"))
    request.give(b"x" * 600)
    request.give(b"x" * 600)
    status, _, _ = await request.answer()
    assert status == 413
    assert request.asked <= (0 if length is LENGTH else 2)


@pytest.mark.parametrize("authorization", [b"token nobody-has-this", b"Basic eDp5", b"token"])
async def test_credentials_that_are_none_do_not_count(strict: Server, authorization: bytes) -> None:
    request = Wire(strict, "POST", CREATE, IS_JSON, LENGTH, (b"authorization", authorization))
    status, _, _ = await request.answer()
    assert status in (200, 403)  # the envelope of a token that nobody has is a 200
    assert request.asked == 0


async def test_whoever_is_known_may_send_more(strict: Server) -> None:
    request = Wire(strict, "POST", CREATE, IS_JSON, LENGTH, TOKEN)
    request.give(body(f"known-{uuid.uuid4()}", 5000), more=False)
    status, _, told = await request.answer()
    assert (status, b'"status":"ok"' in told.replace(b" ", b"")) == (200, True)


@pytest.mark.parametrize("length", [LENGTH, CHUNKED])
async def test_on_a_path_that_nobody_has_no_body_is_received(strict: Server, length: tuple[bytes, bytes]) -> None:
    request = Wire(strict, "POST", "/no/such/path", length, TOKEN)
    status, _, _ = await request.answer()
    assert (status, request.asked) == (404, 0)


async def test_who_is_refused_is_not_asked_for_the_body_first(strict: Server) -> None:
    request = Wire(strict, "POST", CREATE, IS_JSON, (b"content-length", b"10"), EXPECT)
    status, headers, _ = await request.answer()
    assert (status, request.asked) == (403, 0)
    assert headers[b"connection"] == b"close"  # nobody knows whether the body comes


async def test_who_waits_to_be_asked_is_asked_where_the_body_is_read(strict: Server) -> None:
    whole = body(f"asked-{uuid.uuid4()}", 300)
    request = Wire(strict, "POST", CREATE, IS_JSON, (b"content-length", b"300"), EXPECT, TOKEN)
    request.give(whole, more=False)
    status, headers, told = await request.answer()
    assert (status, json.loads(told)["status"]) == (200, "ok")
    assert b"connection" not in headers


@pytest.mark.parametrize("length", [(b"content-length", b"900"), CHUNKED])
async def test_a_body_that_trickles_is_given_up(strict: Server, length: tuple[bytes, bytes]) -> None:
    request = Wire(strict, "POST", CREATE, IS_JSON, length, TOKEN)
    request.give(b"{")
    status, headers, told = await request.answer()
    assert (status, json.loads(told)["response"]["exception"]) == (408, "RequestTimeout")
    assert headers[b"connection"] == b"close"


async def test_a_page_is_told_of_a_slow_body_by_a_page(strict: Server) -> None:
    status, headers, told = await Wire(strict, "POST", "/auth/login", FORM, (b"content-length", b"900")).answer()
    assert (status, headers[b"content-type"]) == (408, b"text/html; charset=utf-8")
    assert b"did not come in time" in told


async def test_bodies_are_bounded_together_and_room_is_given_back(strict: Server) -> None:
    first = Wire(strict, "POST", CREATE, IS_JSON, CHUNKED, TOKEN)
    first.give(b" " * 90_000)
    while first.asked < 2:
        await asyncio.sleep(0.01)
    second = Wire(strict, "POST", CREATE, IS_JSON, CHUNKED, TOKEN)
    second.give(b" " * 20_000)
    status, _, told = await second.answer()
    assert (status, json.loads(told)["response"]["exception"]) == (503, "ServiceBusy")
    first.give(b"{}", more=False)
    assert (await first.answer())[0] == 200
    third = Wire(strict, "POST", CREATE, IS_JSON, CHUNKED, TOKEN)
    third.give(body(f"room-{uuid.uuid4()}", 90_000), more=False)
    assert (await third.answer())[0] == 200
    assert (strict.app.uploads.held, strict.app.uploads.held_for_strangers) == (0, 0)


async def test_a_worker_that_leaves_does_not_wait_for_a_body_that_stands_still(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.app.drain, "active", True)
    request = Wire(server, "POST", CREATE, IS_JSON, (b"content-length", b"900"), TOKEN)
    request.give(b"{")
    async with asyncio.timeout(15):  # BODY_TIMEOUT is 20
        status, _, _ = await request.answer()
    assert status == 408
