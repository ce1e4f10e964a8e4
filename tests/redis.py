"""A Redis of this machine's own packages, for tests; they are skipped where it is not installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.process import free_port

PATIENCE = 20.0  # seconds to come up


@contextmanager
def redis_server() -> Iterator[str]:
    """A server; gives its URL. It listens on this host only, and keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    import redis

    folder, port = Path(tempfile.mkdtemp(prefix="argus-redis-")), free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            until = time.monotonic() + PATIENCE
            with redis.Redis(port=port) as client:
                while True:
                    try:
                        client.ping()
                        break
                    except redis.ConnectionError:
                        assert time.monotonic() < until, "redis-server does not come up"
                        time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            running.kill()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """One for all tests of a session."""
    with redis_server() as url:
        yield url
