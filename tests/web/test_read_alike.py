"""Both lanes read one request alike: repeated header fields, forms, offers to upgrade, hosts, forwarded addresses."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from argus.kit.forms import MAX_PARTS, MAX_TEXT, Form, form_reader
from argus.web.hosts import is_served
from strangler.heads import each_once
from strangler.registry import Lane
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio
TEAM = b'{"name":"x","leader":"no-uuid","members":[]}'
TOKEN, JSON = ("Authorization", "token token-alice"), ("Content-Type", "application/json")
LOGIN = "/auth/login"


def multipart(*parts: tuple[str, bytes]) -> bytes:
    return b"".join(b"--x\r\n%s\r\n\r\n%s\r\n" % (head.encode(), data) for head, data in parts) + b"--x--\r\n"


def field(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


async def created(server: Server, *fields: tuple[str, str]) -> Any:
    async with server.client(None) as caller:
        answer = await caller.post("/api/v1/team/create", content=TEAM, headers=httpx.Headers(list(fields)))
    told = answer.json()
    told["response"].pop("trace_id")
    return answer.status_code, told


@pytest.mark.parametrize("repeated", [(TOKEN, JSON, JSON), (TOKEN, TOKEN, JSON), (TOKEN, ("Authorization", "token nobody"), JSON, JSON)])
async def test_a_field_that_comes_twice_is_the_first_one(server: Server, repeated: tuple[tuple[str, str], ...]) -> None:
    assert await created(server, *repeated) == await created(server, TOKEN, JSON)


def test_lists_are_joined_and_cookies_as_cookies_are() -> None:
    fields = [(b"accept", b"a"), (b"cookie", b"x=1"), (b"accept", b"b"), (b"cookie", b"y=2"), (b"host", b"one"), (b"host", b"two")]
    assert each_once(fields) == [(b"accept", b"a, b"), (b"cookie", b"x=1; y=2"), (b"host", b"one")]


async def test_an_offer_to_upgrade_changes_no_answer(server: Server) -> None:
    async with server.client() as alice:
        answer = await alice.get("/api/v1/version", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


FORMS: dict[str, tuple[str, bytes, int]] = {
    "urlencoded": ("application/x-www-form-urlencoded", b"username=alice&password=wrong", 302),
    "first of a name": ("application/x-www-form-urlencoded", b"username=alice&username=x&password=alice-pw", 302),
    "no UTF-8": ("application/x-www-form-urlencoded", b"username=%ff\xff&password=x", 302),
    "too many fields": ("application/x-www-form-urlencoded", b"a=1&" * MAX_PARTS + b"username=x&password=x", 413),
    "too long": ("application/x-www-form-urlencoded", b"username=x&password=".ljust(MAX_TEXT + 1, b"x"), 413),
    "none": ("text/plain", b"username=alice&password=x", 400),
    "multipart": ("multipart/form-data; boundary=x", multipart((field("username"), b"alice"), (field("password"), b"wrong")), 302),
    "multipart, no UTF-8": ("multipart/form-data; boundary=x", multipart((field("username"), b"\xff"), (field("password"), b"x")), 302),
    "multipart, too many": ("multipart/form-data; boundary=x", multipart(*[(field("a"), b"")] * (MAX_PARTS + 1)), 413),
    "multipart, too long": ("multipart/form-data; boundary=x", multipart((field("username"), b"x" * (MAX_TEXT + 1))), 413),
    "multipart, no name": ("multipart/form-data; boundary=x", multipart(("Content-Disposition: form-data", b"x")), 400),
    "multipart, long head": ("multipart/form-data; boundary=x", multipart((f"{field('a')}\r\nX: {'y' * 9000}", b"x")), 400),
    "multipart, cut": (
        "multipart/form-data; boundary=x",
        multipart(*[(field(name), b"x") for name in ("username", "password", "more")])[:-8],
        400,
    ),
    "multipart, garbage": ("multipart/form-data; boundary=x", b"garbage" * 100, 400),
    "multipart, no boundary": ("multipart/form-data", b"--x--", 400),
}


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_is_read_within_the_same_limits(server: Server, name: str) -> None:
    kind, body, expected = FORMS[name]
    async with server.client(None) as stranger:
        answer = await stranger.post(LOGIN, content=body, headers={"Content-Type": kind})
    assert answer.status_code == expected, answer.text
    if expected >= 400:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def read(kind: str, body: bytes, size: int) -> Form:
    reader = form_reader(kind)
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader.form()


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_form_is_the_same_in_whatever_pieces_it_comes(size: int) -> None:
    file = 'Content-Disposition: form-data; name="picture"; filename="a;b.png"\r\nContent-Type: image/PNG; x=y'
    body = multipart((field("a"), "ä".encode()), (file, b"\r\n--\x00data"), (field("a"), b"second"))
    form = read("multipart/form-data; boundary=x", body, size)
    assert form.fields == {"a": "ä"}
    assert (form.files["picture"].filename, form.files["picture"].content_type) == ("a;b.png", "image/png")
    assert form.files["picture"].data == b"\r\n--\x00data"
    assert read("application/x-www-form-urlencoded; charset=utf-8", b"a=%C3%A4+b&c=&d", size).fields == {"a": "ä b", "c": "", "d": ""}


async def test_only_a_page_that_was_looked_at_is_come_back_to(server: Server) -> None:
    async with server.client(None) as stranger:
        await stranger.post("/profile/update/name", data={"new_name": "x"})
        answer = await stranger.post(LOGIN, data={"username": "carol", "password": "wrong"})
        assert answer.status_code == 302
        assert "redirect_target" not in server_session(server, stranger)
        await stranger.get("/profile/?x=1")
        assert server_session(server, stranger)["redirect_target"] == "/profile/?x=1"


def server_session(server: Server, caller: httpx.AsyncClient) -> dict[str, Any]:
    from argus.auth.session import COOKIE, SessionCodec

    return dict(SessionCodec(server.runtime.settings.SECRET_KEY).load(caller.cookies.get(COOKIE)))


@pytest.fixture(scope="module", params=["flask", "fastapi"])
async def named(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    """Where hosts and proxies are named."""
    lane = cast("Lane", request.param)
    limits = {"ALLOWED_HOSTS": ["argus.test", "*.example.com"], "FORWARDED_ALLOW_IPS": ["127.0.0.1"]}
    async with serving(tmp_path_factory.mktemp(lane), lane, **limits) as running:
        yield running


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("argus.test", True), ("ARGUS.test:8080", True), ("a.example.com", True), ("argus.test.", True), ("evil.example", False),
        ("example.com", False), ("argus.test.evil.example", False), ("evil.example:argus.test", False), ("argus.test@evil.example", False),
        ("", False), ("[::1", False), ("evilexample.com", False),
    ],
)  # fmt: skip
async def test_only_hosts_that_are_named_are_served(named: Server, host: str, allowed: bool) -> None:
    async with named.client() as alice:
        for path in ("/profile", "/api/v1/version", "/no/such"):
            answer = await alice.get(path, headers={"Host": host})
            assert (answer.status_code != 400) is allowed, (path, answer.status_code)
            assert "evil" not in answer.headers.get("location", "")
        assert (await alice.get("/healthz", headers={"Host": host})).status_code == 200  # probes ask by address


async def test_two_hosts_are_none(server: Server) -> None:
    async with server.client() as alice:
        answer = await alice.get("/api/v1/version", headers=httpx.Headers([("Host", "argus.test"), ("Host", "evil.example")]))
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"


def test_without_a_list_any_host_is_served() -> None:
    assert is_served("anything", [])
    assert is_served(None, [])
    assert not is_served(None, ["argus.test"])


async def slash_redirect(server: Server, client: tuple[str, int]) -> str:
    transport = httpx.ASGITransport(app=server.app, client=client)
    async with httpx.AsyncClient(transport=transport, base_url="http://argus.test") as caller:
        answer = await caller.get("/profile", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6"})
    return urllib.parse.urlsplit(answer.headers["location"]).scheme


async def test_forwarded_headers_are_believed_from_named_proxies_only(named: Server, server: Server) -> None:
    assert await slash_redirect(named, ("127.0.0.1", 5)) == "https"
    assert await slash_redirect(named, ("10.0.0.1", 5)) == "http"
    assert await slash_redirect(server, ("127.0.0.1", 5)) == "http"


async def test_a_refused_host_is_told_in_the_form_of_the_path(named: Server) -> None:
    async with named.client() as alice:
        answer = await alice.get("/api/v1/version", headers={"Host": "evil.example"})
        assert json.loads(answer.content) == {"status": "error", "message": "This host is not served here"}
        page = await alice.get("/profile/", headers={"Host": "evil.example"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
