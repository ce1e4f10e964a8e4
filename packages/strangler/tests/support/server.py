"""A real uvicorn on a loopback port, in a thread, and clients that speak to it over raw sockets."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn


@contextlib.contextmanager
def serving(app: Any, **options: Any) -> Iterator[int]:
    """The port of a server of `app`, which ends with the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    options = {"http": "httptools", **options}
    config = uvicorn.Config(app, log_level="critical", loop="uvloop", timeout_graceful_shutdown=1, **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connect(port: int) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port), timeout=5)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def exchange(port: int, request: bytes) -> bytes:
    """Everything that comes back until the server closes the connection."""
    with connect(port) as client:
        client.sendall(request)
        return drained(client)


def drained(client: socket.socket) -> bytes:
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65536):
            received += part
    return bytes(received)


def get(path: str, *headers: str, method: str = "GET", version: str = "1.1", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: pair.test", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def until(true: Any, seconds: float = 20.0) -> None:
    """Wait for something that must come true within `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)
