"""Functions for spawned processes of the tests."""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import Any

from argus.platform.child import Send
from argus.platform.stops import Permanent


def count(argument: Any, send: Send) -> None:
    for number in range(argument["to"]):
        print("what is printed is no message")
        send({"number": number, "pid": os.getpid()})


def refuse(argument: Any, send: Send) -> None:
    raise Permanent("bad_file", f"nobody can read {argument}")


def fail(argument: Any, send: Send) -> None:
    raise RuntimeError("ended by an error")


def die(argument: Any, send: Send) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def eat(argument: Any, send: Send) -> None:
    kept = [bytearray(16 << 20) for _ in range(60)]
    send({"bytes": sum(map(len, kept))})


def spin(argument: Any, send: Send) -> None:
    while True:
        pass


def sleep(argument: Any, send: Send) -> None:
    if argument.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    send({"pid": os.getpid()})
    time.sleep(60)


def call_home(argument: Any, send: Send) -> None:
    socket.create_connection(("127.0.0.1", argument["port"]), timeout=1)


def tell_environment(argument: Any, send: Send) -> None:
    send(dict(os.environ))


def tell_priority(argument: Any, send: Send) -> None:
    send(os.nice(0))
