"""Twins of other systems on real sockets: whatever host a client means, its bytes go to a server of the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Rerouted(httpx.AsyncBaseTransport):
    """Connects to one port of this machine, in the open; the request still names the host that was meant."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._real = httpx.AsyncHTTPTransport()
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        sent = httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions)
        return await self._real.handle_async_request(sent)

    async def aclose(self) -> None:
        await self._real.aclose()


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[int]:
    """A server whose every connection is one talk; its port."""
    talks: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()  # the client has left
        except asyncio.CancelledError:
            writer.close()
        else:
            writer.close()
        finally:
            talks.discard(task)

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(talks):
            task.cancel()


@asynccontextmanager
async def client_of(talk: Talk) -> AsyncIterator[httpx.AsyncClient]:
    """A client all of whose requests reach that server."""
    async with listening(talk) as port, httpx.AsyncClient(transport=Rerouted(port)) as http:
        yield http


def spoken(answer: Callable[[httpx.Request], httpx.Response]) -> Talk:
    """A talk in HTTP: whole requests in, whole answers out, one a connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        fields = [tuple(line.split(": ", 1)) for line in head[1:] if line]
        told = {name.lower(): value for name, value in fields}
        body = await reader.readexactly(int(told.get("content-length", "0")))
        found = answer(httpx.Request(method, f"http://{told['host']}{target}", headers=told, content=body))
        lines = [f"HTTP/1.1 {found.status_code} {found.reason_phrase}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in found.headers.multi_items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + found.content)
        await writer.drain()

    return talk
