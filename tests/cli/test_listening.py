"""A server takes over a socket from systemd, so that a restart refuses nobody."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvloop

from argus.cli.listening import DOORS, doors, listen
from argus.cli.terminal import Failure

HANDED = """
import os, sys
os.environ["LISTEN_PID"] = str(os.getpid())
from argus.cli.listening import DOORS, doors, listen
from argus.cli.terminal import Failure
try:
    print(listen("127.0.0.1", 1).getsockname()[1], os.environ.get("LISTEN_FDS"))
except Failure as refused:
    print(refused)
"""


@contextmanager
def as_third_descriptor(handed: socket.socket) -> Iterator[None]:
    """What systemd does: the socket is descriptor 3 of what is started."""
    saved = os.dup(3) if _is_open(3) else None
    os.dup2(handed.fileno(), 3)
    os.set_inheritable(3, True)
    try:
        yield
    finally:
        os.close(3) if saved is None else os.dup2(saved, 3)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def started_with(handed: socket.socket, count: str = "1") -> str:
    with as_third_descriptor(handed):
        done = subprocess.run(
            [sys.executable, "-c", HANDED],
            env={**os.environ, "LISTEN_FDS": count},
            pass_fds=[3],
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout.strip()


def test_the_socket_of_systemd_is_used_and_not_handed_on_to_children() -> None:
    with socket.create_server(("127.0.0.1", 0)) as handed:
        assert started_with(handed) == f"{handed.getsockname()[1]} None"


def test_what_does_not_listen_is_refused() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        assert "does not listen" in started_with(silent)


def test_two_sockets_are_one_too_many() -> None:
    with socket.create_server(("127.0.0.1", 0)) as handed:
        assert "hands over 2 sockets" in started_with(handed, "2")


def test_what_is_meant_for_another_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    monkeypatch.setenv("LISTEN_FDS", "1")
    with listen("127.0.0.1", 0) as own:
        assert own.getsockname()[1] > 0
        with pytest.raises(Failure, match="cannot listen"):
            listen("127.0.0.1", own.getsockname()[1])


def test_callers_who_come_together_are_let_in_together() -> None:
    """One after the other they would wait for a round of the event loop each."""
    held = 0.02  # seconds of other work in each round
    let_in: list[float] = []

    class Caller(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            let_in.append(loop.time())

    async def work() -> None:
        while True:
            time.sleep(held)
            await asyncio.sleep(0)

    async def serve() -> None:
        listener = listen("127.0.0.1", 0)
        servers = [await loop.create_server(Caller, sock=sock) for sock in doors(listener)]
        callers = [socket.create_connection(listener.getsockname()) for _ in range(4 * DOORS)]
        working = loop.create_task(work())
        async with asyncio.timeout(10):
            while len(let_in) < len(callers):
                await asyncio.sleep(0)
        working.cancel()
        for server in servers:
            server.close()
        for caller in callers:
            caller.close()

    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(serve())
    finally:
        loop.close()
    assert let_in[-1] - let_in[0] < 2 * DOORS * held
