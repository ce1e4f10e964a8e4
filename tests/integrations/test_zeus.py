"""What goes through the relay to Zeus, and what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.serving import Server

pytestmark = pytest.mark.anyio

Zeus = Callable[[httpx.Request], httpx.Response]


class Relayed:
    """The requests that reach Zeus, and what it answers."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else httpx.Response(200, json={})


@pytest.fixture
async def zeus(server: Server) -> AsyncIterator[Relayed]:
    relayed = Relayed()
    outgoing = server.runtime.http
    server.runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(relayed))
    yield relayed
    await server.runtime.http.aclose()
    server.runtime.http = outgoing


async def test_the_callers_credentials_stay_here(server: Server, zeus: Relayed) -> None:
    sent = {"Cookie": "session=mine", "Cf-Access-Jwt-Assertion": "jwt", "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil"}
    sent |= {"Forwarded": "for=6.6.6.6", "X-Real-Ip": "6.6.6.6", "Connection": "X-Private, close", "X-Private": "1", "X-Kept": "2"}
    async with server.client("bob") as client:
        answer = await client.post("/api/v1/zeus/api/jobs?a=1&a=2", headers=sent, json={"x": 1})
    assert answer.status_code == 200
    (request,) = zeus.requests
    assert (str(request.url), request.content) == ("http://127.0.0.1:9/api/jobs?a=1&a=2", b'{"x":1}')
    assert request.headers.get_list("authorization") == ["Bearer zeus"]
    assert (request.headers["x-argus-proxy"], request.headers["x-kept"]) == ("1", "2")
    assert request.headers["host"] == "127.0.0.1:9"
    assert "6.6.6.6" not in str(request.headers.multi_items())
    gone = {"cookie", "cf-access-jwt-assertion", "forwarded", "x-real-ip", "x-private", "x-forwarded-host"}
    assert not gone & set(request.headers)


async def test_a_path_stays_a_path(server: Server, zeus: Relayed) -> None:
    async with server.client("bob") as client:
        await client.get("/api/v1/zeus/a%3Fb%23c/d%20e")
    assert str(zeus.requests[0].url) == "http://127.0.0.1:9/a%3Fb%23c/d%20e"


async def test_what_comes_back_runs_nothing_here(server: Server, zeus: Relayed) -> None:
    headers = {"Content-Type": "text/html", "Set-Cookie": "session=evil", "Clear-Site-Data": '"*"', "X-Told": "1"}
    headers["Content-Security-Policy"] = "script-src *"
    zeus.answers = [httpx.Response(418, headers=headers, content=b"<script>1</script>")]
    async with server.client("bob") as client:
        answer = await client.get("/api/v1/zeus/page")
    assert (answer.status_code, answer.content, answer.headers["x-told"]) == (418, b"<script>1</script>", "1")
    assert answer.headers.get_list("content-security-policy") == ["default-src 'none'; sandbox"]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert not {"set-cookie", "clear-site-data"} & set(answer.headers)


async def test_redirects_are_followed_within_zeus_only(server: Server, zeus: Relayed) -> None:
    elsewhere = "http://169.254.169.254/latest/meta-data"
    zeus.answers = [httpx.Response(302, headers={"Location": "/other"}), httpx.Response(307, headers={"Location": elsewhere})]
    async with server.client("bob") as client:
        answer = await client.get("/api/v1/zeus/here")
    assert [str(request.url) for request in zeus.requests] == ["http://127.0.0.1:9/here", "http://127.0.0.1:9/other"]
    assert zeus.requests[1].headers["authorization"] == "Bearer zeus"
    assert (answer.status_code, answer.headers["location"]) == (307, elsewhere)


async def test_a_circle_of_redirects_ends(server: Server, zeus: Relayed) -> None:
    zeus.answers = [httpx.Response(302, headers={"Location": "/round"}) for _ in range(50)]
    async with server.client("bob") as client:
        answer = await client.get("/api/v1/zeus/round")
    assert (answer.status_code, len(zeus.requests)) == (302, 6)
