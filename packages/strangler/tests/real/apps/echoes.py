"""WebSockets of flask-sock, served by a process of their own, and the twin of one of them in FastAPI."""

import os
from pathlib import Path

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from flask import Flask
from flask_sock import Sock

from strangler import Gateway, Remote

FOLDER = Path(os.environ["KIT_FOLDER"])
GOING_AWAY = 1001

flask_app = Flask("echoes")
flask_app.config["SOCK_SERVER_OPTIONS"] = {"subprotocols": ["shout"]}
sock = Sock(flask_app)


@flask_app.get("/")
def index():
    return "echoes"


@sock.route("/echo/<name>")
def echo(ws, name):
    while (said := ws.receive()) != "bye":
        ws.send(said[::-1] if isinstance(said, bytes) else f"{name}: {said.upper()}")
    ws.close(GOING_AWAY, "so long")


@sock.route("/count")
def count(ws):
    for number in range(int(ws.receive())):
        ws.send(str(number))


fastapi_app = FastAPI()


@fastapi_app.websocket("/echo/{name}")
async def echo_again(ws: WebSocket, name: str) -> None:
    await ws.accept("shout" if "shout" in ws.scope["subprotocols"] else None)
    try:
        while True:
            said = await ws.receive()
            if said["type"] == "websocket.disconnect":
                return
            if said.get("bytes") is not None:
                await ws.send_bytes(said["bytes"][::-1])
            elif said["text"] == "bye":
                await ws.close(GOING_AWAY, "so long")
                return
            else:
                await ws.send_text(f"{name}: {said['text'].upper()}")
    except WebSocketDisconnect:
        return


def __getattr__(name: str):
    if name == "app":
        return Gateway(fastapi_app, Remote((FOLDER / "remote").read_text()), FOLDER / "registry.yaml")
    raise AttributeError(name)
