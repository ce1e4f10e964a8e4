"""WebSockets that Flask serves in a process of its own are the same through the kit, and move one by one, back and forth, under load."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from real.harness import alone, behind, environment, flipped, for_a_while

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

SHOUT = Subprotocol("shout")
ECHO = """\
version: 1
blueprints:
  echo:
    owner: flask
    routes:
      - {path: "/echo/<name>", methods: [WS]}
unlisted: flask
"""


def _open(url: str, path: str, protocol: Subprotocol | None = None) -> ClientConnection:
    return connect(f"{url.replace('http', 'ws', 1)}{path}", subprotocols=[protocol] if protocol else None, close_timeout=5)


def _end(ws: ClientConnection) -> tuple[int | None, str]:
    """How the other side closes. Raises AssertionError when it says something instead."""
    try:
        raise AssertionError(f"not closed: {ws.recv(timeout=10)!r}")
    except ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (None, "")


def _visit(url: str) -> list[object]:
    """What a client of the application's sockets sees."""
    seen: list[object] = []
    with _open(url, "/echo/ann", SHOUT) as ws:
        for said in ("hello", "", "ä€😀", b"\x00\x01\xff", "x" * 200_000, b"y" * 200_000):
            ws.send(said)
            seen.append(ws.recv(timeout=10))
        ws.send("bye")
        seen += [ws.subprotocol, _end(ws)]
    with _open(url, "/echo/a%20b") as ws:
        ws.send(["in ", "three ", "frames"])
        seen += [ws.subprotocol, ws.recv(timeout=10)]
    with _open(url, "/count") as ws:
        ws.send("500")
        seen += [[ws.recv(timeout=10) for _ in range(500)], _end(ws)]
    with pytest.raises(InvalidStatus) as refused:
        _open(url, "/nowhere")
    return [*seen, refused.value.response.status_code]


def test_flasks_sockets_are_the_same_through_the_kit_and_one_moves(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    python = environment(tmp_path_factory.mktemp("echoes"), "flask-sock>=0.7", "httpx>=0.28", "websockets>=15")
    (tmp_path / "registry.yaml").write_text(ECHO)
    with alone(python, tmp_path, "echoes") as flask:
        expected = _visit(flask)
        (tmp_path / "remote").write_text(flask)
        with behind(python, tmp_path, "echoes") as url:
            assert _visit(url) == expected

            def talk() -> str:
                with _open(url, "/echo/ben", SHOUT) as ws:
                    for number in range(3):
                        ws.send(f"n{number}")
                        if (said := ws.recv(timeout=10)) != f"ben: N{number}":
                            return repr(said)
                    ws.send("bye")
                    return "" if (closed := _end(ws)) == (1001, "so long") else repr(closed)

            assert flipped(tmp_path / "registry.yaml", "echo", lambda: for_a_while(talk), times=21) == []
            assert _visit(url) == expected, "FastAPI owns it now"
