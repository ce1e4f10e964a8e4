"""Leaving without a lost request, through real processes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from support.server import connect, drained, get, until

ROOT = Path(__file__).parent


@contextlib.contextmanager
def _process(tmp_path: Path, period: float, *options: str, app: str = "app") -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", f"support.drain_app:{app}", "--port", str(port), "--log-level", "critical", *options]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DRAIN_LOG": str(tmp_path / "log"), "DRAIN_PERIOD": str(period)})
    try:
        end = time.monotonic() + 60
        while True:
            assert process.poll() is None
            assert time.monotonic() < end
            with contextlib.suppress(OSError, HTTPException):
                _ask(port, "/health")
                break
            time.sleep(0.05)
        yield process, port
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ask(port: int, path: str) -> bytes:
    client = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request("GET", path)
        answer = client.getresponse()
        assert answer.status == 200
        return answer.read()
    finally:
        client.close()


def _keep_alive(path: str) -> bytes:
    return get(path).replace(b"Connection: close\r\n", b"")


@pytest.mark.parametrize(("app", "noted"), [("app", ["view ended", "lifespan ended", ""]), ("mounted", ["view ended", ""])])
def test_a_worker_drains_before_it_leaves(tmp_path: Path, app: str, noted: list[str]) -> None:
    with _process(tmp_path, 1.0, app=app) as (process, port):
        idle = connect(port)
        idle.sendall(_keep_alive("/health"))
        first = b""
        while not first.endswith(b"}"):
            first += idle.recv(4096)
        assert b'"ready":true' in first
        slow = connect(port)
        slow.sendall(_keep_alive("/stream"))
        time.sleep(0.1)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        until(lambda: b'"ready":false' in _ask(port, "/health"))  # it says that it is not ready, and serves new connections
        idle.sendall(_keep_alive("/health"))  # and old ones, and asks for them to be closed
        answer = drained(idle)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer
        answered = drained(slow)  # what is in flight ends
        assert answered.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answered
        process.wait(timeout=10)
        assert time.monotonic() - began >= 1.0
        assert (tmp_path / "log").read_text().split("\n") == noted
        with pytest.raises(OSError):
            connect(port)


@pytest.mark.parametrize("signals", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT,)], ids=["a second SIGTERM", "SIGINT"])
def test_it_leaves_at_once_on(tmp_path: Path, signals: tuple[signal.Signals, ...]) -> None:
    with _process(tmp_path, 30) as (process, _):
        for each in signals:
            process.send_signal(each)
            time.sleep(0.1)
        process.wait(timeout=10)


def test_a_rolling_restart_of_two_workers_loses_no_request(tmp_path: Path) -> None:
    failures: list[str] = []
    answered = [0]
    workers: set[bytes] = set()
    ended = threading.Event()

    def client(port: int) -> None:
        connection: HTTPConnection | None = None
        while not ended.is_set():
            connection = connection or HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                connection.request("GET", "/health" if answered[0] % 3 else "/whoami")
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, HTTPException) as error:
                failures.append(repr(error))
                connection = None
                time.sleep(0.05)
                continue
            if answer.status != 200:
                failures.append(str(answer.status))
            if b"pid" in body:
                workers.add(body.split(b'"pid":')[1])
            answered[0] += 1
            if answer.will_close or answered[0] % 20 == 0:
                connection.close()
                connection = None
            time.sleep(0.002)

    with _process(tmp_path, 0.5, "--workers", "2", "--timeout-worker-healthcheck", "60") as (process, port):
        clients = [threading.Thread(target=client, args=(port,), daemon=True) for _ in range(4)]
        for each in clients:
            each.start()
        try:
            until(lambda: len(workers) >= 2, 40)
            before = set(workers)
            process.send_signal(signal.SIGHUP)
            until(lambda: len(workers - before) >= 2, 60)
            time.sleep(1)
        finally:
            ended.set()
            for each in clients:
                each.join(timeout=10)
    assert failures == []
    assert answered[0] > 200
