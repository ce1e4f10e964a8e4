"""Two hundred open pages while nothing happens: their streams, which are taken up again every minute, cost the server next to nothing."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import yaml

from bench.process import used
from tests.process import server_process
from tests.workers import below

pytestmark = pytest.mark.slow

PEOPLE, STREAMS = 10, 20  # pages of each of them
MOST = 0.05  # of one core
SECONDS = 65.0  # in which each stream ends once


class OpenPage:
    """A page's stream, of a run; when the server ends it, it is begun anew as a browser does it."""

    def __init__(self, url: str, token: str) -> None:
        self.place = urlsplit(url)
        self.token = token
        self.beats = self.begun = 0
        self._connection = self._begin()

    def _begin(self) -> socket.socket:
        host = self.place.hostname or ""
        connection = socket.create_connection((host, self.place.port or 0), timeout=60)
        head = f"GET /api/v1/live?topics=run:{uuid4()} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token {self.token}\r\n\r\n"
        connection.sendall(head.encode())
        assert b"200 OK" in connection.recv(4096)
        connection.setblocking(False)
        self.begun += 1
        return connection

    def look(self) -> None:
        """Take what has come, without waiting for more."""
        try:
            said = self._connection.recv(65536)
        except BlockingIOError:
            return
        self.beats += said.count(b"event: beat")
        if not said or said.endswith(b"0\r\n\r\n"):
            self.close()
            self._connection = self._begin()

    def close(self) -> None:
        self._connection.close()


def test_two_hundred_open_pages_cost_less_than_a_twentieth_of_a_core(tmp_path: Path) -> None:
    named = {f"p{number}": f"token-of-p{number}" for number in range(PEOPLE)}
    file = tmp_path / "people.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                name: {"full_name": "", "email": f"{name}@example.com", "password": "idle-pages", "token": token}
                for name, token in named.items()
            }
        )
    )
    storage = f"sqlite:///{tmp_path}/argus.sqlite"
    with server_process(None, storage, tmp_path, "--workers", "2", people=file, ARGUS_JOBS_ENABLED="false") as (url, running):
        pages = [OpenPage(url, token) for token in named.values() for _ in range(STREAMS)]
        processes = [running.pid, *below(running.pid)]
        began, before = time.monotonic(), sum(map(used, processes))
        while time.monotonic() - began < SECONDS:
            for page in pages:
                page.look()
            time.sleep(0.5)
        share = (sum(map(used, processes)) - before) / (time.monotonic() - began)
        for page in pages:
            page.close()
    print(f"{len(pages)} open pages take {share:.1%} of a core")
    assert min(page.beats for page in pages) >= 2
    assert min(page.begun for page in pages) == 2
    assert share < MOST
