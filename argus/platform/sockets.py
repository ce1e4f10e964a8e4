"""WebSockets that watch a topic of the live channel (docs/platform.md#sockets).

Who calls is known before the socket is accepted: 4401 nobody, 4403 not allowed, 4404 no such subject, 4429 too many sockets of one user.
Open ones end with 1013 when they take less than comes, 1009 after a message of more than 64 KiB, 4403 when the right is gone.
The server behind us pings every 20 seconds and closes what does not answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from argus.auth.identity import Head
from argus.kit.ending import end
from argus.kit.ulids import new_ulid
from argus.live import RESYNC, SlowSubscriber, hub_of
from argus.platform.access import Access
from argus.platform.context import Caller, ServiceContext, unit_of_work
from argus.platform.errors import ExtensionError, NotFound, Unauthenticated
from argus.platform.responses import written
from argus.runtime import Runtime

UNKNOWN, DENIED, MISSING, MANY = 4401, 4403, 4404, 4429
SLOW, LONG, GOING = 1013, 1009, 1001
MOST = 20  # sockets of one user and process
LONGEST = 64 * 1024  # bytes of a client's message
PATIENCE = 10.0  # seconds that a message may take to leave
ASKED_EVERY = 60.0  # seconds between two looks whether the caller still may

Read = Callable[[Runtime, Caller], Awaitable[tuple[str, Mapping[str, Any]]]]
"""Who calls (an id), and the state of the subject as they may see it; raises what `unit_of_work` raises, NotFound where there is none."""
State = Callable[[ServiceContext], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a socket shows.

    Args:
        topic: of the live channel.
        read: looks who calls and reads the state.
        kind: type of the messages that hold the whole state.
        changes: beginnings of the types after which it is read again.
        passed: types of messages that are handed on as they come.
    """

    topic: str
    read: Read
    kind: str
    changes: str
    passed: frozenset[str] = frozenset()


def for_access(access: Access, state: State) -> Read:
    """Reads a state within a unit of work, for who has what it needs."""

    async def read(runtime: Runtime, caller: Caller) -> tuple[str, Mapping[str, Any]]:
        async with unit_of_work(runtime, caller, access, writes=False) as context:
            return str(context.user.id), await state(context)

    return read


class _Open:
    def __init__(self) -> None:
        self.of_user: Counter[str] = Counter()


async def watch(socket: WebSocket, watched: Watched) -> None:
    """Serve a socket to its end."""
    runtime: Runtime = socket.app.state.runtime
    code, user_id, state = await _admitted(socket, runtime, watched)
    if state is None:
        await socket.close(code)
        return
    opened = runtime.own(_Open).of_user
    if opened[user_id] >= MOST:
        await socket.close(MANY)
        return
    opened[user_id] += 1
    try:
        await socket.accept()
        await _serve(socket, runtime, watched)
    finally:
        opened[user_id] -= 1


async def _admitted(socket: WebSocket, runtime: Runtime, watched: Watched) -> tuple[int, str, Mapping[str, Any] | None]:
    """The state of the subject, for who may see it; else the code to close with."""
    try:
        return 0, *await watched.read(runtime, _caller(socket))
    except Unauthenticated:
        return UNKNOWN, "", None
    except NotFound:
        return MISSING, "", None
    except (ExtensionError, PermissionError):
        return DENIED, "", None
    except Exception as error:
        if getattr(type(error), "expected", False):  # a page of another site, an account of a tunnel server
            return DENIED, "", None
        raise


def _caller(socket: WebSocket) -> Caller:
    """Whoever opens it, held to what a write is held to: other sites' pages may open sockets, too, and cookies come with them."""
    told = socket.headers.get
    head = Head(
        "POST",
        socket.url.path,
        told("host"),
        told("authorization"),
        told("origin"),
        told("sec-fetch-site"),
        told("x-api-key"),
        socket.client.host if socket.client else None,
    )
    wanted = told("x-workspace-id") or socket.query_params.get("workspace_id")
    return Caller(head, socket.scope["argus.session"], wanted or None, new_ulid())


async def _serve(socket: WebSocket, runtime: Runtime, watched: Watched) -> None:
    since = socket.query_params.get("since", "")
    hub = hub_of(runtime)
    async with hub.subscribe([watched.topic], int(since) if since.isdigit() and len(since) < 17 else None) as subscription:
        reading = asyncio.create_task(_read(socket))
        telling = asyncio.create_task(_tell(socket, runtime, watched, subscription))
        try:
            done, _ = await asyncio.wait([reading, telling], return_when=asyncio.FIRST_COMPLETED)
            code = next(iter(done)).result()
        finally:
            await end(reading, telling)
    if code and socket.client_state == WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


async def _read(socket: WebSocket) -> int:
    """Take what the client sends, which means nothing here; 0 when it has gone."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return 0
        if len(message.get("bytes") or b"") > LONGEST or len((message.get("text") or "").encode()) > LONGEST:
            return LONG


async def _tell(socket: WebSocket, runtime: Runtime, watched: Watched, subscription: Any) -> int:
    """Send the state, then what happens; the code to close with."""
    hub = hub_of(runtime)
    seq = hub.last
    code, asked = await _send_state(socket, runtime, watched, seq), asyncio.get_running_loop().time()
    while not code:
        try:
            async with asyncio.timeout(ASKED_EVERY):
                message = await anext(subscription)
        except TimeoutError:
            code = (await _admitted(socket, runtime, watched))[0]
            continue
        except SlowSubscriber:
            return SLOW
        except StopAsyncIteration:
            return GOING
        seq = message.seq
        if message.type in watched.passed or message.type == RESYNC:
            code = await _send(socket, message.type, watched.topic, seq, message.data, message.at)
        if message.type.startswith(watched.changes) or message.type == RESYNC:
            code = code or await _send_state(socket, runtime, watched, seq)
            asked = asyncio.get_running_loop().time()
        elif asyncio.get_running_loop().time() - asked > ASKED_EVERY:
            code = code or (await _admitted(socket, runtime, watched))[0]
            asked = asyncio.get_running_loop().time()
    return code


async def _send_state(socket: WebSocket, runtime: Runtime, watched: Watched, seq: int) -> int:
    code, _, state = await _admitted(socket, runtime, watched)
    return code or await _send(socket, watched.kind, watched.topic, seq, state or {}, written(datetime.now(UTC)))


async def _send(socket: WebSocket, kind: str, topic: str, seq: int, data: Mapping[str, Any], at: str) -> int:
    envelope = {"type": kind, "topic": topic, "seq": seq, "at": at, "data": dict(data)}
    try:
        async with asyncio.timeout(PATIENCE):
            await socket.send_json(envelope)
    except TimeoutError:
        return SLOW
    except (RuntimeError, WebSocketDisconnect):  # the client has gone meanwhile
        return GOING
    return 0
