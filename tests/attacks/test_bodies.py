"""Bodies of callers of whom nobody knows anything: long, slow, many, and answers that nobody takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.harness import Target, attacked, withstands

pytestmark = [pytest.mark.attacks, pytest.mark.timeout(300)]
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n'
MB = 1024 * 1024


def head(path: str, kind: str = "application/json", length: int | None = None, method: str = "POST") -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"{method} {path} HTTP/1.1\r\nHost: argus.test\r\nContent-Type: {kind}\r\n{size}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("path", "kind", "first"),
    [
        ("/no/such/path", "text/plain", b""),
        ("/auth/login", "application/x-www-form-urlencoded", b"9\r\nusername=\r\n"),
        ("/auth/login", "multipart/form-data; boundary=x", b"%x\r\n%s\r\n" % (len(PART), PART)),
        ("/api/v1/client/testrun/generic/submit", "application/json", b""),
    ],
    ids=["unmatched", "login", "multipart", "client"],
)
def test_long_bodies(target: Target, path: str, kind: str, first: bytes) -> None:
    def attack(target: Target) -> None:
        with target.connect() as connection:
            connection.sendall(head(path, kind) + first)
            while not target.over():
                connection.sendall(CHUNK)

    measured = withstands(target, attack, callers=4)
    assert measured.spooled <= 4 * MB


def test_tiny_chunks(target: Target) -> None:
    def attack(target: Target) -> None:
        with target.connect() as connection:
            connection.sendall(head("/auth/login", "application/x-www-form-urlencoded"))
            while not target.over():
                connection.sendall(b"1\r\nx\r\n" * 10_000)

    withstands(target, attack)


def test_bodies_that_stand_still(target: Target) -> None:
    """Three hundred, each with nearly as much as a stranger may send."""

    def attack(target: Target) -> None:
        connections = []
        try:
            for _ in range(100):
                connection = target.connect()
                connections.append(connection)
                connection.sendall(head("/auth/login", "application/x-www-form-urlencoded", MB) + b"x" * (MB - 1000))
            while not target.over():
                for connection in connections:
                    connection.sendall(b"x")
        finally:
            for connection in connections:
                connection.close()

    withstands(target, attack, callers=3)


def test_connections_on_which_nothing_comes(target: Target) -> None:
    def attack(target: Target) -> None:
        connections = [target.connect() for _ in range(400)]
        for connection in connections:
            connection.settimeout(40)
        for connection in connections:
            while not target.over() and connection.recv(1000):
                pass
            connection.close()

    withstands(target, attack, callers=2)


def test_requests_all_at_once(target: Target) -> None:
    def attack(target: Target) -> None:
        with target.connect() as connection:
            while not target.over():
                connection.sendall(b"GET /no/such HTTP/1.1\r\nHost: argus.test\r\n\r\n" * 1000)  # and no answer is read

    withstands(target, attack)


@pytest.mark.parametrize("lane", ["flask", "fastapi"])
def test_answers_that_nobody_takes(lane: str, tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    with (public / "large.bin").open("wb") as file:
        file.truncate(50 * MB)

    def attack(target: Target) -> None:
        connections = [target.connect() for _ in range(40)]
        for connection in connections:
            connection.sendall(b"GET /s/large.bin HTTP/1.1\r\nHost: argus.test\r\n\r\n")
        while not target.over():
            for connection in connections:
                connection.recv(1)

    with attacked(lane, tmp_path, ARGUS_PUBLIC_DIR=str(public)) as target:
        withstands(target, attack)
