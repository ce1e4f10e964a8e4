"""Long bodies of callers whom nobody knows have their room as soon as they are announced."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from strangler.uploads import SHORT, UploadLimits, Uploads

pytestmark = pytest.mark.anyio
LONG = 4 * SHORT
ROOM = UploadLimits(strangers=2 * LONG, strangers_together=2 * LONG)  # so one long body of a stranger at a time


class Caller:
    """Sends a request through `uploads`; its body comes when the test says so."""

    def __init__(self, uploads: Uploads, announced: int) -> None:
        self.body: asyncio.Queue[bytes] = asyncio.Queue()
        self.status = 0
        self.began = False
        self.read = b""
        self.scope: dict[str, Any] = {
            "type": "http", "http_version": "1.1", "method": "POST", "path": "/",
            "headers": [(b"content-length", str(announced).encode())],
        }  # fmt: skip
        self.task = asyncio.ensure_future(uploads.serve(self._app, self.scope, self._receive, self._send))

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.began = more = True
        while more:
            message = await receive()
            self.read += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def _receive(self) -> Any:
        piece = await self.body.get()
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)

    async def ends(self, *pieces: bytes) -> int:
        for piece in [*pieces, b""]:
            self.body.put_nowait(piece)
        await self.task
        return self.status


async def test_what_is_announced_counts_before_it_has_come() -> None:
    uploads = Uploads(ROOM)
    first = Caller(uploads, LONG)
    await asyncio.sleep(0)
    assert await Caller(uploads, LONG).ends() == 503
    assert await first.ends(b"x" * 10) == 200


async def test_a_long_body_has_its_room_before_anything_is_done_about_it() -> None:
    uploads = Uploads(ROOM)
    first, second = Caller(uploads, LONG), Caller(uploads, LONG)
    assert (await second.ends(b"x" * LONG), second.began) == (503, False)
    assert (await first.ends(b"x" * LONG), first.began) == (200, True)


async def test_short_bodies_pass_while_long_ones_have_no_room() -> None:
    uploads = Uploads(ROOM)
    first = Caller(uploads, LONG)
    await asyncio.sleep(0)
    assert await Caller(uploads, 100).ends(b"x" * 100) == 200
    await first.ends()


async def test_room_is_given_back() -> None:
    uploads = Uploads(ROOM)
    for _ in range(3):
        assert await Caller(uploads, LONG).ends(b"x" * LONG) == 200
    assert uploads.long_for_strangers == uploads.held_for_strangers == 0


async def test_whoever_is_known_needs_no_room_among_strangers() -> None:
    async def known(scope: Any) -> bool:
        return True

    uploads = Uploads(UploadLimits(strangers=2 * LONG, strangers_together=2 * LONG, known=known))
    callers = [Caller(uploads, LONG) for _ in range(3)]
    await asyncio.sleep(0)
    assert [await each.ends(b"x" * LONG) for each in callers] == [200, 200, 200]
    assert uploads.long_for_strangers == uploads.held_for_strangers == uploads.held == 0


async def test_a_refused_body_leaves_nothing_to_the_collector() -> None:
    class Scope(dict[str, Any]):
        """That can be watched."""

    uploads = Uploads(UploadLimits(most=10))
    caller = Caller(uploads, 0)
    scope = Scope(caller.scope, headers=[(b"content-length", b"100")])
    await caller.ends()
    gc.disable()
    try:
        await uploads.serve(caller._app, scope, caller._receive, caller._send)
        watched = weakref.ref(scope)
        del scope
        assert watched() is None
    finally:
        gc.enable()
    assert caller.status == 413
