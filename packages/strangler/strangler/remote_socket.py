"""WebSockets of a remote Flask application (flask-sock and its like), passed through."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from starlette.types import Message, Receive, Scope, Send

from strangler.disabled import deny
from strangler.ending import end
from strangler.remote import Remote
from strangler.remote_fields import answer_fields, request_fields
from strangler.sending import plain

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

ABNORMAL, INTERNAL, NO_STATUS = 1006, 1011, 1005
OWN = b"sec-websocket-"

log = logging.getLogger(__name__)


async def pass_on(remote: Remote, scope: Scope, receive: Receive, send: Send) -> None:
    """Shake hands with the remote application as the client did, then carry messages both ways until one side ends it.

    A handshake that the application refuses is refused with its own answer; one that it does not answer with 502.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

    if (await receive())["type"] != "websocket.connect":
        return
    try:
        behind = await connect(**_handshake(remote, scope))
    except InvalidStatus as refused:
        response = refused.response
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.raw_items()]
        await deny(_answering(response.status_code, answer_fields(fields), bytes(response.body or b"")), scope, send)
        return
    except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as error:
        log.error("%s: no WebSocket from %s: %r", scope["path"], remote.url, error)
        await deny(_unreachable, scope, send)
        return
    async with behind:
        await send({"type": "websocket.accept", "subprotocol": behind.subprotocol, "headers": _accepted(behind)})
        await _carry(behind, receive, send)


def _handshake(remote: Remote, scope: Scope) -> dict[str, Any]:
    fields = [(name, value.decode("latin-1")) for name, value in request_fields(scope, has_body=False) if not name.startswith(OWN)]
    host = next(value for name, value in fields if name == b"host")
    target = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return {
        "uri": f"{'wss' if remote.is_secure else 'ws'}://{host}{target}{f'?{query}' if query else ''}",
        "host": remote.host,
        "port": remote.port,
        "additional_headers": [(name.decode("latin-1"), value) for name, value in fields if name != b"host"],
        "subprotocols": scope.get("subprotocols") or None,
        "user_agent_header": None,
        "compression": None,
        "open_timeout": remote.connect_seconds,
        "ping_interval": None,  # the server in front asks the client, the one behind asks here
        "max_size": remote.largest_message,
        "proxy": None,
    }


def _accepted(behind: ClientConnection) -> list[tuple[bytes, bytes]]:
    """Fields of the accepting answer, such as cookies; the handshake's own belong to that connection."""
    response = behind.response
    assert response is not None
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.raw_items()]
    return [(name, value) for name, value in answer_fields(fields) if not name.startswith(OWN)]


async def _carry(behind: ClientConnection, receive: Receive, send: Send) -> None:
    there = asyncio.ensure_future(_to_application(behind, receive))
    back = asyncio.ensure_future(_to_client(behind, send))
    try:
        await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        for each in (there, back):
            if each.done():
                await each
    finally:
        await end(there, back)


async def _to_application(behind: ClientConnection, receive: Receive) -> None:
    from websockets.exceptions import ConnectionClosed

    while True:
        message: Message = await receive()
        if message["type"] == "websocket.disconnect":
            code = message.get("code") or NO_STATUS
            await behind.close(1000 if code in (NO_STATUS, ABNORMAL) else code, message.get("reason") or "")
            return
        said: str | bytes = message["text"] if message.get("text") is not None else message.get("bytes", b"")
        try:
            await behind.send(said)
        except ConnectionClosed:
            await asyncio.get_running_loop().create_future()  # the other direction tells the client


async def _to_client(behind: ClientConnection, send: Send) -> None:
    from websockets.exceptions import ConnectionClosed

    try:
        while True:
            said = await behind.recv()
            await send({"type": "websocket.send", "text" if isinstance(said, str) else "bytes": said})
    except ConnectionClosed as closed:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (INTERNAL, "")
        await send({"type": "websocket.close", "code": 1000 if code == NO_STATUS else code, "reason": reason})


def _answering(status: int, fields: list[tuple[bytes, bytes]], body: bytes) -> Any:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    return answer


async def _unreachable(scope: Scope, receive: Receive, send: Send) -> None:
    await plain(send, 502, b"the Flask application cannot be reached", [])
