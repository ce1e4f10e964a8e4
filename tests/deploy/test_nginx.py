"""The shipped configuration of nginx: it loads, serves the files, and lets streams and WebSockets through."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.deploy.nginx import SITES, needs_nginx, nginx, written
from tests.process import ROOT, free_port, process, wait_for

pytestmark = [needs_nginx, pytest.mark.anyio]

BEAT = 0.5  # seconds between two events of the stream
EVENTS = 4


async def app(scope: Any, receive: Any, send: Any) -> None:
    """A stream of events, an echo over a WebSocket, and what reached it of a request."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": f"echo {message['text']}"})
    elif scope["type"] == "http" and scope["path"] == "/events":
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(EVENTS):
            await send({"type": "http.response.body", "body": f"data: {number}\n\n".encode(), "more_body": True})
            await asyncio.sleep(BEAT)
        await send({"type": "http.response.body"})
    elif scope["type"] == "http":
        told = b"\n".join(name + b": " + value for name, value in scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": told})


@pytest.fixture(scope="module", params=SITES)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nginx in front of the application above."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.deploy.test_nginx:app", "--port", str(port), "--lifespan", "off"]
    with process(*command, log=folder / "app.log") as running:
        wait_for(f"http://127.0.0.1:{port}/", running, folder / "app.log")
        with nginx(folder / "nginx", port, request.param) as address:
            yield address


@pytest.mark.parametrize("site", SITES)
def test_nginx_takes_the_file(tmp_path: Path, site: str) -> None:
    written(tmp_path, 8080, site)
    command = ["nginx", "-t", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "stderr"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


async def test_events_come_while_the_stream_goes_on(url: str) -> None:
    came: list[float] = []
    async with httpx.AsyncClient(timeout=30) as client, client.stream("GET", f"{url}/events") as answer:
        began = time.monotonic()
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                came.append(time.monotonic() - began)
    assert len(came) == EVENTS
    assert came[0] < BEAT, "the first one is there before the second one is made"
    assert came[-1] - came[0] > BEAT * (EVENTS - 2)


async def test_a_websocket_passes(url: str) -> None:
    async with connect(url.replace("http", "ws") + "/socket") as socket:
        for text in ("one", "two"):
            await socket.send(text)
            assert await socket.recv() == f"echo {text}"


@pytest.mark.parametrize("wanted", ["h2c", "TLS/1.0", "nonsense"])
async def test_no_other_protocol_is_asked_for(url: str, wanted: str) -> None:
    async with httpx.AsyncClient() as client:
        told = (await client.get(url, headers={"Connection": "upgrade", "Upgrade": wanted})).text
    assert "upgrade:" not in told
    assert "connection:" not in told, "and the connection to Argus is kept"


async def test_what_a_caller_says_of_itself_is_not_passed_on(url: str) -> None:
    lies = {"X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4", "X-Forwarded-Host": "evil.example", "X-Real-IP": "1.2.3.4"}
    async with httpx.AsyncClient() as client:
        told = (await client.get(url, headers=lies)).text
    assert "1.2.3.4" not in told
    assert "evil" not in told
    assert "x-forwarded-for: 127.0.0.1" in told


async def test_files_are_served_from_the_disk(tmp_path: Path) -> None:
    public = tmp_path / "public"
    (public / "dist").mkdir(parents=True)
    (public / "dist" / "app.bundle.js").write_text("run()")
    (public / "dist" / "chunk-a1b2C3d4.js").write_text("part()" * 500)
    (tmp_path / "secret").write_text("not for anybody")
    (public / "argus.png").symlink_to(ROOT / "public" / "argus.png")
    with nginx(tmp_path / "nginx", free_port(), public=public) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            entry, chunk = await client.get("/s/dist/app.bundle.js"), await client.get("/s/dist/chunk-a1b2C3d4.js")
            picture = await client.get("/s/argus.png")
            outside = [await client.get(path) for path in ("/s/../secret", "/s/%2e%2e/secret", "/s../secret", "/s/dist/..%2f..%2fsecret")]
            missing = await client.get("/s/dist/no-such.js")
    assert (entry.text, entry.headers["cache-control"]) == ("run()", "no-cache")
    assert (chunk.headers["cache-control"], chunk.headers["content-encoding"]) == ("public, max-age=31536000, immutable", "gzip")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert all(answer.headers["x-content-type-options"] == "nosniff" for answer in (entry, chunk, picture))
    assert all("anybody" not in answer.text for answer in outside)
    assert missing.status_code == 404


async def begun(url: str, path: str, size: int, seconds: float) -> bytes:
    """The first line of the answer to an upload of which only the beginning is sent; nothing where none comes in time."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {path} HTTP/1.1\r\nHost: argus.test\r\nContent-Length: {size}\r\n\r\n".encode() + bytes(100_000))
    try:
        async with asyncio.timeout(seconds):
            return await reader.readline()
    except TimeoutError:
        return b""
    finally:
        writer.close()


async def test_an_upload_of_a_document_is_handed_on_as_it_comes_and_nothing_else_is(url: str) -> None:
    assert b" 200 " in await begun(url, "/documents", 10 << 20, 20)
    assert await begun(url, "/api/v1/client/replay/ingest", 10 << 20, 1) == b"", "nginx waits for the rest"


async def test_a_document_may_have_sixty_mebibytes(url: str) -> None:
    assert b" 413 " in await begun(url, "/documents", 61 << 20, 20)
    assert b" 200 " in await begun(url, "/documents", 59 << 20, 20)
