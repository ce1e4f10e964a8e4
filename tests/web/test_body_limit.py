"""Bodies longer than `MAX_CONTENT_LENGTH` are refused alike by both lanes, however they come, and change nothing."""

from __future__ import annotations

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


async def test_without_a_limit_there_is_none(client: Any) -> None:
    name = f"large-{uuid.uuid4()}"
    answer = await client.post(CREATE, content=body(name, 3_000_000), headers=JSON)
    assert answer.json()["status"] == "ok"
