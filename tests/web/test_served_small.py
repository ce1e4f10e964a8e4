"""What a browser asks for twice costs little: hashed files are kept for ever, texts are few bytes, answers come when they have changed."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from pathlib import Path

import httpx
import pytest

from argus.kit.public_files import FOR_EVER, answer_file
from argus.runtime import Runtime
from argus.web.compress import LARGE, SMALLEST, Compress
from argus.web.revalidate import LARGEST, Revalidate
from tests.serving import Server

pytestmark = pytest.mark.anyio
OWN = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip, deflate, br"}
TEXT = b"let answer = 42;\n" * 200


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name in ("main.bundle.js", "shared-Ab12_-x9.js"):
        file = tmp_path / "dist" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(TEXT)
        file.with_name(f"{name}.br").write_bytes(b"brotli")
        file.with_name(f"{name}.gz").write_bytes(gzip.compress(TEXT))
    return tmp_path


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"), ("br;q=0.5", "br"), ("gzip", "gzip"), ("GZIP", "gzip"), ("br;q=0, gzip", "gzip"),
        ("br;q=0.0, gzip;q=0", None), ("identity", None), ("", None), ("*", None),
    ],
)  # fmt: skip
def test_a_text_comes_in_the_fewest_bytes_that_its_caller_takes(built: Path, accepted: str, encoding: str | None) -> None:
    answer = answer_file(built, "dist/main.bundle.js", "GET", {"accept-encoding": accepted})
    assert answer is not None
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Vary"] == "Accept-Encoding"
    with answer.open() as file:
        sent = file.read()
    assert sent == {"br": b"brotli", "gzip": gzip.compress(TEXT), None: TEXT}[encoding] or gzip.decompress(sent) == TEXT
    assert answer.headers["Content-Length"] == str(len(sent))


def test_each_encoding_has_a_tag_of_its_own(built: Path) -> None:
    def tag(accepted: str) -> str:
        answer = answer_file(built, "dist/main.bundle.js", "GET", {"accept-encoding": accepted})
        assert answer is not None
        return answer.headers["ETag"]

    assert len({tag("br"), tag("gzip"), tag("")}) == 3
    again = answer_file(built, "dist/main.bundle.js", "GET", {"accept-encoding": "br", "if-none-match": tag("br")})
    assert again is not None
    assert (again.status, again.headers["Vary"]) == (304, "Accept-Encoding")


def test_what_was_compressed_before_its_file_changed_is_not_sent(built: Path) -> None:
    file = built / "dist/main.bundle.js"
    later = file.stat().st_mtime + 10
    os.utime(file, (later, later))
    answer = answer_file(built, "dist/main.bundle.js", "GET", {"accept-encoding": "br"})
    assert answer is not None
    assert "Content-Encoding" not in answer.headers


def test_a_part_is_one_of_the_plain_bytes(built: Path) -> None:
    answer = answer_file(built, "dist/main.bundle.js", "GET", {"accept-encoding": "br", "range": "bytes=0-2"})
    assert answer is not None
    assert (answer.status, answer.length, "Content-Encoding" in answer.headers) == (206, 3, False)


@pytest.mark.parametrize(
    ("name", "kept"), [("dist/shared-Ab12_-x9.js", FOR_EVER), ("dist/main.bundle.js", "no-cache"), ("other/shared-Ab12_-x9.js", "no-cache")]
)
def test_only_names_that_change_with_their_content_are_kept_for_ever(built: Path, name: str, kept: str) -> None:
    (built / "other").mkdir()
    (built / "other/shared-Ab12_-x9.js").write_bytes(TEXT)
    answer = answer_file(built, name, "GET", {})
    assert answer is not None
    assert answer.headers["Cache-Control"] == kept


async def test_a_browser_gets_an_answer_once_and_then_only_what_is_new(server: Server, client: httpx.AsyncClient) -> None:
    browser = {"Sec-Fetch-Mode": "cors"}
    first = await client.get("/admin/api/v1/releases/get", headers=browser)
    assert first.headers["cache-control"] == "private, no-cache"
    again = await client.get("/admin/api/v1/releases/get", headers={**browser, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await client.post("/admin/api/v1/release/create", json={"release_name": f"new-{id(first)}", "pretty_name": None, "perpetual": False})
    changed = await client.get("/admin/api/v1/releases/get", headers={**browser, "If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_who_is_no_browser_gets_what_it_always_got(client: httpx.AsyncClient) -> None:
    assert "etag" not in (await client.get("/admin/api/v1/releases/get")).headers


async def test_what_says_itself_how_it_is_kept_and_what_fails_passes_as_it_is(client: httpx.AsyncClient) -> None:
    browser = {"Sec-Fetch-Mode": "cors"}
    for path in ("/api/v1/releases", "/api/v1/nothing", "/workspace"):
        assert "etag" not in (await client.get(path, headers=browser)).headers


async def test_an_answer_that_is_too_long_is_not_held_back() -> None:
    sent: list[int] = []

    async def long(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})  # type: ignore[operator]
        for left in range(9, -1, -1):
            await send({"type": "http.response.body", "body": b"x" * (LARGEST // 5), "more_body": left > 0})  # type: ignore[operator]

    async def send(message: dict[str, object]) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        sent.append(len(body))

    scope = {"type": "http", "method": "GET", "path": "/api/v1/x", "headers": [(b"sec-fetch-mode", b"cors")]}
    await Revalidate(long)(scope, None, send)  # type: ignore[arg-type]
    assert sum(sent) == 10 * (LARGEST // 5)
    assert max(sent) <= LARGEST + LARGEST // 5


async def test_pages_and_answers_are_compressed_for_browsers(client: httpx.AsyncClient) -> None:
    page = await client.get("/workspace", headers={**OWN, "Sec-Fetch-Site": "none"})
    answer = await client.get("/admin/api/v1/users", headers=OWN)
    plain = await client.get("/admin/api/v1/users", headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) < len(page.content) / 2
    assert "Accept-Encoding" in page.headers["vary"]
    assert "content-encoding" not in plain.headers
    assert answer.json() == plain.json()
    again = await client.get("/admin/api/v1/users", headers={**OWN, "If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def _answered(
    server: Server, parts: list[bytes], kind: bytes = b"application/json", status: int = 200, asked: dict[str, str] | None = None
) -> tuple[dict[bytes, bytes], list[bytes]]:
    """Headers and bodies of what leaves the middleware for an answer in such parts."""
    sent: list[dict[str, object]] = []

    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), (b"content-length", b"1")]})  # type: ignore[operator]
        for left, part in zip(range(len(parts) - 1, -1, -1), parts, strict=True):
            await send({"type": "http.response.body", "body": part, "more_body": left > 0})  # type: ignore[operator]

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def opened() -> Runtime:
        return server.runtime

    headers = [(name.lower().encode(), value.encode()) for name, value in (OWN if asked is None else asked).items()]
    await Compress(app, opened)({"type": "http", "method": "GET", "path": "/x", "headers": headers}, None, send)  # type: ignore[arg-type]
    return dict(sent[0]["headers"]), [message["body"] for message in sent[1:]]  # type: ignore[call-overload, misc]


@pytest.mark.parametrize("parts", [[TEXT], [TEXT, TEXT, b""], [b"x", b"y" * LARGE * 3, b"z"], [b"", b"a" * SMALLEST]])
async def test_each_part_of_an_answer_can_be_read_when_it_comes(server: Server, parts: list[bytes]) -> None:
    headers, bodies = await _answered(server, parts)
    reader, read = zlib.decompressobj(31), b""
    for number, body in enumerate(bodies, 1):
        read += reader.decompress(body)
        assert read == b"".join(parts[:number])
    assert reader.eof
    assert headers[b"content-encoding"] == b"gzip"
    assert headers.get(b"content-length") == (str(len(bodies[0])).encode() if len(parts) == 1 else None)


@pytest.mark.parametrize(
    ("kind", "status", "asked"),
    [
        (b"image/png", 200, OWN),
        (b"application/json", 206, OWN),
        (b"text/event-stream", 200, OWN),
        (b"application/json", 200, {**OWN, "Accept-Encoding": "br, identity"}),
        (b"application/json", 200, {**OWN, "Accept-Encoding": "gzip;q=0"}),
        (b"application/json", 200, {**OWN, "Sec-Fetch-Site": "cross-site"}),
        (b"application/json", 200, {"Accept-Encoding": "gzip"}),
    ],
)
async def test_what_is_no_text_and_what_others_ask_for_stays_as_it_is(
    server: Server, kind: bytes, status: int, asked: dict[str, str]
) -> None:
    headers, bodies = await _answered(server, [TEXT], kind, status, asked)
    assert b"content-encoding" not in headers
    assert bodies == [TEXT]


async def test_few_bytes_are_not_worth_it(server: Server) -> None:
    headers, bodies = await _answered(server, [json.dumps({"status": "ok"}).encode()])
    assert b"content-encoding" not in headers
    assert headers[b"content-length"] == b"1"
    assert bodies == [b'{"status": "ok"}']
