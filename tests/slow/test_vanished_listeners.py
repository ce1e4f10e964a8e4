"""Whoever listens to changes and vanishes without a word, so that no connection ends: the stream is gone within a minute."""

from __future__ import annotations

import re
import socket
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.process import server_process
from tests.serving import ACTORS

pytestmark = pytest.mark.slow
TOKEN = ACTORS["alice"]["token"]
LISTENERS = 10
GONE_WITHIN = 60.0  # seconds
SLACK = 15.0  # for a machine that is busy otherwise, and for counting


COUNTED = re.compile(r"^argus_live_clients(?:{[^}]*})? (\S+)$", re.MULTILINE)


def _clients(url: str) -> int:
    asked = urllib.request.Request(f"{url}/metrics", headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return sum(int(float(value)) for value in COUNTED.findall(answer.read().decode()))


def _listen(host: str, port: int) -> socket.socket:
    """A stream whose beginning was read; nothing more will be."""
    connection = socket.create_connection((host, port), timeout=60)
    head = f"GET /api/v1/live?topics=run:{uuid4()} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token {TOKEN}\r\n\r\n"
    connection.sendall(head.encode())
    assert b"200 OK" in connection.recv(4096)
    return connection


def test_a_stream_whose_listener_vanished_is_gone_within_a_minute(tmp_path: Path) -> None:
    started = server_process(None, f"sqlite:///{tmp_path}/argus.sqlite", tmp_path, "--workers", "2", ARGUS_JOBS_ENABLED="false")
    with started as (url, _):
        place = urlsplit(url)
        listening = [_listen(place.hostname or "", place.port or 0) for _ in range(LISTENERS)]
        began = time.monotonic()
        assert _clients(url) == LISTENERS
        while _clients(url):
            time.sleep(1)
            assert time.monotonic() - began < GONE_WITHIN + SLACK
        took = time.monotonic() - began
        for connection in listening:
            connection.close()
    print(f"{LISTENERS} vanished listeners were gone after {took:.0f} s")
