"""The kill switch: plain WSGI under uWSGI, where the portal owns a loop in every worker."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

UWSGI = Path(sys.executable).parent / "pyuwsgi"
ROOT = Path(__file__).parent

pytestmark = pytest.mark.skipif(not UWSGI.exists() and not shutil.which("pyuwsgi"), reason="pyuwsgi is not installed")


@contextlib.contextmanager
def _uwsgi(*options: str, **environment: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [
        str(UWSGI),
        "--http11-socket",
        f"127.0.0.1:{port}",
        "--module",
        "support.uwsgi_app",
        "--master",
        "--enable-threads",
        "--need-app",
    ]
    command += ["--processes", "2", "--threads", "4", "--die-on-term", "--disable-logging", "--virtualenv", sys.prefix, *options]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert process.poll() is None, "uWSGI has ended"
            with contextlib.suppress(OSError, HTTPException, ValueError):
                _ask(port)
                break
            time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def _ask(port: int) -> tuple[str, str, str]:
    """The worker that answered, the process of the loop, the thread of the loop."""
    client = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/")
        worker, loop, thread = client.getresponse().read().decode().split()
        return worker, loop, thread
    finally:
        client.close()


def _ask_all(port: int, count: int = 60) -> set[str]:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: _ask(port), range(count)))
    assert all(worker == loop and thread == "portal" for worker, loop, thread in answers)
    return {worker for worker, _, _ in answers}


@pytest.mark.parametrize("options", [(), ("--lazy-apps",)], ids=["forked", "lazy-apps"])
def test_every_worker_has_a_loop_and_so_has_the_one_after_a_killed_one(options: tuple[str, ...]) -> None:
    with _uwsgi(*options, PORTAL_AT_IMPORT="" if options else "1") as port:
        workers = _ask_all(port)
        assert workers
        killed = sorted(workers)[0]
        os.kill(int(killed), signal.SIGKILL)
        end = time.monotonic() + 60
        seen: set[str] = set()
        while not seen - workers:
            assert time.monotonic() < end, "no new worker answered"
            with contextlib.suppress(OSError, HTTPException, ValueError):
                seen |= _ask_all(port, 16)
        assert killed not in _ask_all(port)
