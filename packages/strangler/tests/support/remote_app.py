"""A Flask application for a process of its own, with a WebSocket beside it; what it sees it writes into a file."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, jsonify, request
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from strangler.bridge import Bridge

flask_app = Flask("elsewhere")


def _note(what: str) -> None:
    with Path(os.environ["REMOTE_LOG"]).open("a") as file:
        file.write(what + "\n")


@flask_app.route("/seen/<path:rest>", methods=["GET", "POST", "DELETE"])
def seen(rest: str) -> Response:
    names = [[name.lower(), value] for name, value in request.headers]
    answer = jsonify(target=request.environ["RAW_URI"], headers=names, body=request.get_data(as_text=True), url=request.url)
    answer.headers.add("Set-Cookie", "a=1; Path=/")
    answer.headers.add("Set-Cookie", "b=2; Path=/")
    answer.headers["Connection"] = "X-Only-Here"
    answer.headers["X-Only-Here"] = "1"
    answer.headers["Keep-Alive"] = "timeout=9"
    return answer


@flask_app.get("/both")
def both() -> Response:
    return jsonify(who="flask")


@flask_app.get("/pid")
def pid() -> str:
    return str(os.getpid())


@flask_app.get("/endless")
def endless() -> Response:
    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"piece\n"
                time.sleep(0.02)
        finally:
            _note("generator closed")

    return Response(pieces(), mimetype="text/plain")


@flask_app.get("/cut")
def cut() -> Response:
    def pieces() -> Iterator[bytes]:
        yield b"x" * 1000
        raise RuntimeError("in mid-answer")

    return Response(pieces(), mimetype="text/plain")


@flask_app.get("/slow")
def slow() -> str:
    time.sleep(float(request.args["seconds"]))
    return "slow"


@flask_app.get("/large")
def large() -> Response:
    return Response((bytes([number % 256]) * 65536 for number in range(160)), mimetype="application/octet-stream")


@flask_app.post("/digest")
def digest() -> str:
    return hashlib.sha256(request.get_data()).hexdigest()


async def received(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
    """Says as it comes how much of a body is here; below the bridge it would be read whole."""
    total, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            _note("upload cut")
            return
        total += len(message.get("body", b""))
        more = message.get("more_body", False)
        _note(f"received {total}")
    await PlainTextResponse(str(total))(scope, receive, send)


async def chat(websocket: WebSocket) -> None:
    if websocket.query_params.get("key") != "right":
        await websocket.send_denial_response(PlainTextResponse("who are you?", 401, {"www-authenticate": "Key"}))
        return
    wanted = [*websocket.scope["subprotocols"], None]
    await websocket.accept(subprotocol=wanted[0], headers=[(b"set-cookie", b"seat=7")])
    await websocket.send_json({name: value for name, value in websocket.headers.items() if not name.startswith("sec-")})
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                _note(f"chat ended {message['code']}")
                return
            if message.get("text") == "end":
                await websocket.close(4001, "as you wish")
                return
            if message.get("text") is not None:
                await websocket.send_text(message["text"].upper())
            else:
                await websocket.send_bytes(message["bytes"][::-1])
    except WebSocketDisconnect:
        _note("chat ended")


app = Starlette(
    routes=[WebSocketRoute("/chat", chat), Mount("/received", app=received), Mount("/", app=Bridge(flask_app))],
)
