"""The Flask lane through a2wsgi: the alternative bridge, and the yardstick of the benchmark.

Mended where a subclass can: the body is read before the view runs, `Cookie` headers are joined as cookies are, headers with `_` in their
names are dropped.
What stays: an endless answer keeps its thread after its client has left.
"""

from __future__ import annotations

import asyncio
from typing import Any

from a2wsgi import WSGIMiddleware
from starlette.types import Message, Receive, Scope, Send

from strangler.body import UploadCut, read_body
from strangler.sending import refuse
from strangler.wsgi_job import WsgiApp


class A2WsgiBridge:
    """The same interface as `Bridge`, over a2wsgi."""

    def __init__(self, app: WsgiApp, *, threads: int = 20, queue: int = 200, deadline: float | None = None) -> None:
        """`deadline` is not offered by a2wsgi."""
        if deadline is not None:
            raise ValueError("the a2wsgi bridge has no deadline")
        self._inner = WSGIMiddleware(_with_terminated_input(app), workers=threads)
        self._limit = threads + queue
        self._open = 0

    is_busy = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._open >= self._limit:
            await refuse(send)
            return
        self._open += 1
        try:
            try:
                body = await read_body(scope, receive)
            except UploadCut:
                return
            mended: Any = {**scope, "headers": list(_mended(scope["headers"]))}
            replayed: Any = _replay(body, receive)
            sending: Any = send
            with body:
                await self._inner(mended, replayed, sending)
        finally:
            self._open -= 1

    async def close(self, patience: float) -> int:
        """Wait for requests that run. Returns how many still do after `patience` seconds."""
        deadline = asyncio.get_running_loop().time() + patience
        while self._open and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self._inner.executor.shutdown(wait=False, cancel_futures=True)
        return self._open


def _with_terminated_input(app: WsgiApp) -> Any:
    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input_terminated"] = True
        return app(environ, start_response)

    return wrapped


def _mended(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    cookies = [value for name, value in headers if name == b"cookie"]
    kept = [(name, value) for name, value in headers if name not in (b"cookie", b"proxy") and b"_" not in name]
    return [*kept, (b"cookie", b"; ".join(cookies))] if cookies else kept


def _replay(body: Any, receive: Receive) -> Receive:
    """The body that was read, then whatever the server says."""
    done = False

    async def replayed() -> Message:
        nonlocal done
        if done:
            return await receive()
        part = body.read(64 * 1024)
        done = len(part) < 64 * 1024
        return {"type": "http.request", "body": part, "more_body": not done}

    return replayed
