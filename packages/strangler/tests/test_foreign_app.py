"""httpbin from PyPI, unchanged, behind the gateway with some routes rewritten in FastAPI: it behaves as it does alone."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpbin.core
import httpx
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from strangler import registry
from strangler.gateway import Gateway
from support.httpbin_routes import REGISTRY, make_app
from support.server import serving

OF_THE_SERVER = {"date", "server", "connection", "transfer-encoding", "x-lane-lane", "x-lane-table"}
LARGE = bytes(range(256)) * 8_000
SOFTWARE = "gunicorn/23"  # httpbin takes chunked uploads from no other server


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str] = {}
    body: bytes | tuple[bytes, ...] | None = None
    """A tuple is sent in chunks, without a length."""


class Answered(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def _requests() -> Iterator[Asked]:
    form = {"content-type": "application/x-www-form-urlencoded"}
    multipart = {"content-type": "multipart/form-data; boundary=x"}
    for path in ("/ip", "/user-agent", "/headers", "/get", "/robots.txt", "/cookies", "/html", "/deny", "/xml", "/json", "/legacy"):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            yield Asked(method, path)
    for path in ("/encoding/utf8", "/image/png", "/image/svg", "/static/favicon.ico", "/", "/forms/post", "/missing", "/get/", "//get"):
        for method in ("GET", "HEAD"):
            yield Asked(method, path)
    for query in ("a=1&a=2&b=", "q=%C3%A9%20%2B+x", "show_env=1", "x.y=1&x.y=2"):
        yield from (Asked("GET", f"/{path}?{query}") for path in ("get", "anything", "anything/a/%C3%A9", "cookies", "response-headers"))
    for headers in (
        {"x-forwarded-for": "10.1.1.1"},
        {"origin": "https://elsewhere.test"},
        {"accept": "image/webp"},
        {"cookie": "a=1; b=two; __utmz=3"},
        {"x-empty": ""},
        {"authorization": "Basic dTpw"},
        {"authorization": "Bearer t"},
    ):
        for path in ("/get", "/ip", "/headers", "/cookies", "/anything", "/image", "/basic-auth/u/p", "/bearer"):
            yield Asked("GET", path, headers)
    for name, value in (("a", "1"), ("sp", "a%20b"), ("q", "%22x%22"), ("u", "%C3%A9")):
        yield Asked("GET", f"/cookies/set/{name}/{value}")
    yield from (Asked("GET", path) for path in ("/cookies/set?a=1&b=2", "/cookies/delete?a=1&b"))
    for path in ("/redirect/3", "/relative-redirect/2", "/absolute-redirect/2", "/redirect-to?url=/get&status_code=307", "/links/4/1"):
        yield from (Asked(method, path) for method in ("GET", "HEAD"))
    for code in (200, 204, 304, 400, 401, 404, 418, 500, 503):
        yield from (Asked(method, f"/status/{code}") for method in ("GET", "HEAD", "PUT"))
    for part in (None, "bytes=0-99", "bytes=100-", "bytes=-50", "bytes=2000-3000", "bytes=5-2", "items=1-2"):
        headers = {} if part is None else {"range": part}
        yield from (Asked(method, "/range/1024?chunk_size=100", headers) for method in ("GET", "HEAD"))
    yield Asked("GET", "/range/102400", {"range": "bytes=1000-90000"})
    yield from (Asked("GET", f"/base64/{text}") for text in ("SFRUUEJJTg==", "w6k=", "!", "%C3%A9"))
    for path in (
        "/stream/0",
        "/stream/3?a=b",
        "/stream/100",
        "/stream/x",
        "/stream-bytes/5000?seed=1&chunk_size=700",
        "/bytes/90000?seed=2",
    ):
        yield from (Asked(method, path) for method in ("GET", "HEAD"))
    yield Asked("GET", "/drip?duration=0.2&numbytes=5&code=201")
    yield Asked("GET", "/delay/0.1")
    yield from (Asked("GET", path) for path in ("/gzip", "/deflate", "/brotli", "/cache/60", "/digest-auth/auth/u/p/MD5/never/x"))
    for tag in ({}, {"if-none-match": '"t"'}, {"if-none-match": '"other"'}, {"if-match": '"other"'}):
        yield Asked("GET", "/etag/t", tag)
    for method, path in (("POST", "/post"), ("PUT", "/put"), ("PATCH", "/patch"), ("DELETE", "/delete"), ("POST", "/anything")):
        yield Asked(method, path)
        yield Asked(method, path, {"content-type": "application/json"}, b'{"a": [1, 2]}')
        yield Asked(method, path, form, b"a=1&a=2&b=%C3%A9&c")
        yield Asked(method, path, {}, b"\xff\xfe binary")
        yield Asked(method, path, {}, (b"one ", b"two ", b"three"))
        yield Asked(method, path, {}, (LARGE, LARGE))
        yield Asked(method, path, {}, LARGE)
        if path != "/put":  # rewritten, without files
            body = b'--x\r\ncontent-disposition: form-data; name="f"; filename="a.txt"\r\n\r\nfile\r\n--x--\r\n'
            yield Asked(method, path, multipart, body)


REQUESTS = list(_requests())


@pytest.fixture(autouse=True, scope="module")
def own_dice() -> Iterator[None]:
    """Numbers that httpbin draws from a seed are its own: threads of other tests draw from Python's at the same time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpbin.core, "random", random.Random())
        yield


class Alone(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = SOFTWARE

    def log(self, *arguments: Any) -> None:
        """Quiet."""


@contextlib.contextmanager
def _alone() -> Iterator[int]:
    server = make_server("127.0.0.1", 0, httpbin.app, threaded=True, request_handler=Alone)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def _behind_the_gateway(**options: Any) -> Iterator[int]:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        return httpbin.app({**environ, "SERVER_SOFTWARE": SOFTWARE}, start_response)

    with serving(Gateway(make_app(), httpbin.app, registry.parse(REGISTRY), wsgi_app=app, **options)) as port:
        yield port


def _answers(port: int) -> tuple[list[Answered], list[str]]:
    """What comes back, and from which lane."""
    found: list[Answered] = []
    lanes: list[str] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        for asked in REQUESTS:
            body = iter(asked.body) if isinstance(asked.body, tuple) else asked.body
            headers = {"host": "httpbin.test", **asked.headers}
            with client.stream(asked.method, asked.path, headers=headers, content=body) as answer:
                raw = b"".join(answer.iter_raw())
            framing = {"content-length"} if not raw and asked.method != "HEAD" else set()  # nothing, in chunks or by length
            ignored = OF_THE_SERVER | framing
            kept = sorted((name, _value(name, value)) for name, value in answer.headers.multi_items() if name not in ignored)
            client.cookies.clear()
            if answer.headers.get("content-encoding") == "gzip":
                raw = raw[:4] + raw[8:]  # the time of compression
            found.append(Answered(answer.status_code, kept, raw))
            lanes.append(answer.headers.get("x-lane-lane", ""))
    return found, lanes


def _value(name: str, value: str) -> str:
    return ", ".join(sorted(value.split(", "))) if name == "allow" else value


@pytest.fixture(scope="module")
def alone() -> list[Answered]:
    with _alone() as port:
        return _answers(port)[0]


@pytest.mark.parametrize("options", [{"lane": "flask"}, {}], ids=["flask", "mixed"])
def test_it_behaves_as_it_does_alone(alone: list[Answered], options: dict[str, Any]) -> None:
    assert len(REQUESTS) >= 200
    with _behind_the_gateway(**options) as port:
        answers, lanes = _answers(port)
    for asked, before, after in zip(REQUESTS, alone, answers, strict=True):
        assert after == before, asked[:3]
    moved = lanes.count("fastapi")
    assert moved == 0 if options else moved >= 60
    assert lanes.count("flask") >= 100
