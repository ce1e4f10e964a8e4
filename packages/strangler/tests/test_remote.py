"""A Flask application in a second process: everything passes both ways, and what goes wrong in between has a name."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from strangler import moves
from strangler.canary import Caller
from strangler.check import problems
from strangler.gateway import Gateway
from strangler.registry import parse
from strangler.remote import Remote, RemoteSide
from strangler.remote_lane import RemoteLane
from strangler.shadow import Shadow
from support.server import connect as dial
from support.server import drained, free_port, get, serving, until

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
LISTED = """\
version: 1
blueprints:
  both:
    owner: {owner}
    {policy}
    routes:
      - {{path: /both, methods: [GET]}}
unlisted: flask
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("remote") / "log"


@pytest.fixture(scope="module")
def behind(log: Path) -> Iterator[int]:
    """The port of the second process."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "support.remote_app:app", "--port", str(port), "--log-level", "critical"]
    environment = {**os.environ, "REMOTE_LOG": str(log), "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    process = subprocess.Popen(command, env=environment, cwd=HERE)
    try:
        until(lambda: _listens(port), 60)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), dial(port):
        return True
    return False


def _fastapi() -> FastAPI:
    app = FastAPI()

    @app.get("/both")
    async def both() -> dict[str, str]:
        return {"who": "fastapi"}

    return app


def _gateway(
    port: int, *, owner: str = "flask", policy: str = "reason: none", app: FastAPI | None = None, remote: Any = None, **options: Any
) -> Gateway:
    registry = parse(LISTED.format(owner=owner, policy=policy))
    return Gateway(app or _fastapi(), Remote(f"http://127.0.0.1:{port}", **(remote or {})), registry, **options)


@asynccontextmanager
async def _served(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    with serving(gateway, lifespan="on", proxy_headers=False) as port:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client


async def test_it_is_another_process_and_what_fastapi_owns_stays_here(behind: int) -> None:
    async with _served(_gateway(behind, owner="fastapi")) as client:
        there, here = await client.get("/pid"), await client.get("/both")
    assert there.text.isdigit()
    assert (there.text != str(os.getpid()), there.headers["x-lane-lane"]) == (True, "flask")
    assert (here.json(), here.headers["x-lane-lane"]) == ({"who": "fastapi"}, "fastapi")


async def test_fields_pass_both_ways_but_those_of_one_connection_and_those_that_pass_for_others(behind: int) -> None:
    fields = {
        "Cookie": "a=1; b=2",
        "X-Own": "é",
        "Connection": "X-Hop",
        "X-Hop": "1",
        "TE": "trailers",
        "X_User": "root",
        "Proxy": "evil",
        "X-Forwarded-For": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "Host": "shop.example:81",
    }
    sent = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    async with _served(_gateway(behind)) as client:
        answer = await client.post("/seen/a%2Fb%20c/../d?x=%41&y=1+2", headers=sent, content=b"body")
    told = answer.json()
    names = dict(told["headers"])
    assert told["body"] == "body"
    assert (names["cookie"], names["x-own"], names["host"]) == ("a=1; b=2", "é", "shop.example:81")
    assert {"x-hop", "te", "x-user", "proxy", "forwarded"} & set(names) == set()
    assert [value for name, value in told["headers"] if name == "x-forwarded-for"] == ["127.0.0.1"]
    assert (names["x-forwarded-proto"], names["x-forwarded-host"]) == ("http", "shop.example:81")
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert {"x-only-here", "keep-alive"} & set(answer.headers) == set()
    assert len(answer.headers.get_list("date")) == 1


async def test_the_target_arrives_as_it_was_sent(behind: int) -> None:
    target = "/seen/a%2Fb//%C3%A9/./x|y?q=%7E&&"
    with serving(_gateway(behind)) as port, dial(port) as client:
        client.sendall(get(target))
        _, body = drained(client).split(b"\r\n\r\n", 1)
    assert json.loads(body)["target"] == target


async def test_bodies_pass_in_pieces_both_ways(behind: int, log: Path) -> None:
    go_on = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        await go_on.wait()
        yield b"y" * 500

    async with _served(_gateway(behind)) as client:
        sending = asyncio.ensure_future(client.post("/received/", content=body()))
        await asyncio.to_thread(until, lambda: log.exists() and "received 1000\n" in log.read_text())
        go_on.set()
        assert (await sending).text == "1500"
        async with client.stream("GET", "/endless") as answer:
            pieces = answer.aiter_bytes()
            assert await anext(pieces)
            assert await anext(pieces), "nobody waits for its end"


async def test_large_bodies_are_whole(behind: int) -> None:
    content = os.urandom(8 * 1024 * 1024)
    async with _served(_gateway(behind)) as client:
        assert (await client.post("/digest", content=content)).text == hashlib.sha256(content).hexdigest()
        found = (await client.get("/large")).content
    assert found == b"".join(bytes([number % 256]) * 65536 for number in range(160))


async def test_a_client_that_leaves_ends_the_work_there(behind: int, log: Path) -> None:
    gateway = _gateway(behind)
    before = log.read_text().count("generator closed") if log.exists() else 0
    async with _served(gateway) as client:
        async with client.stream("GET", "/endless") as answer:
            await anext(answer.aiter_bytes())
        await asyncio.to_thread(until, lambda: log.exists() and log.read_text().count("generator closed") > before)
        await asyncio.to_thread(until, lambda: gateway.state()["flask_remote"]["active"] == 0)


async def test_an_upload_that_is_cut_is_cut_there_and_charged_to_no_lane(behind: int, log: Path) -> None:
    gateway = _gateway(behind)
    before = log.read_text().count("upload cut") if log.exists() else 0
    with serving(gateway) as port:
        with dial(port) as client:
            client.sendall(b"POST /received/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
            await asyncio.to_thread(until, lambda: log.exists() and "received 4\n" in log.read_text())
        await asyncio.to_thread(until, lambda: log.read_text().count("upload cut") > before)
    assert gateway.traffic.report()["routes"] == []


async def test_an_application_that_is_down_is_told_and_is_a_failure() -> None:
    gateway = _gateway(free_port())
    async with _served(gateway) as client:
        answer = await client.get("/both")
    assert (answer.status_code, answer.text) == (502, "the Flask application cannot be reached")
    ((*row, _),) = gateway.traffic.report()["routes"]
    assert row == ["both", "GET", "/both", "flask", 1]


async def test_one_that_is_slow_is_given_up(behind: int) -> None:
    async with _served(_gateway(behind, remote={"answer_seconds": 0.2})) as client:
        answer = await client.get("/slow?seconds=2")
    assert (answer.status_code, answer.text) == (504, "no answer from the Flask application within 0.2 s")


async def test_connections_are_bounded_and_so_are_those_who_wait_for_one(behind: int) -> None:
    gateway = _gateway(behind, remote={"connections": 1, "waiting": 1, "wait_seconds": 0.2})
    async with _served(gateway) as client:
        first = asyncio.ensure_future(client.get("/slow?seconds=2"))
        await asyncio.to_thread(until, lambda: gateway.state()["flask_remote"]["active"] == 1)
        second = asyncio.ensure_future(client.get("/pid"))
        await asyncio.to_thread(until, lambda: gateway.state()["flask_remote"]["active"] == 2)
        third = await client.get("/pid")
        waited = await second
        assert (await first).text == "slow"
    assert (third.status_code, third.text) == (503, "too many requests wait for the Flask application")
    assert (waited.status_code, waited.text) == (503, "all connections to the Flask application are in use")
    assert third.headers["retry-after"] == waited.headers["retry-after"] == "1"


async def test_an_answer_that_is_cut_is_never_ended_as_if_it_were_whole(behind: int) -> None:
    async with _served(_gateway(behind)) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/cut")


class Closing(httpx.AsyncBaseTransport):
    """Behaves as a connection that the other side has closed while it was idle; then as one that works."""

    def __init__(self) -> None:
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.asked == 1:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return httpx.Response(200, content=b"served")


@pytest.mark.parametrize(("method", "status", "asked"), [("GET", 200, 2), ("POST", 502, 1)])
async def test_a_connection_that_was_closed_while_idle_costs_no_request_that_changes_nothing(method: str, status: int, asked: int) -> None:
    transport, sent = Closing(), []
    lane = RemoteLane(Remote("http://flask.test"), transport)

    async def receive() -> Any:
        await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": [(b"host", b"x")], "http_version": "1.1"}
    await lane(scope, receive, send)
    assert (sent[0]["status"], transport.asked) == (status, asked)
    assert await lane.close(1) == 0
    await lane(scope, receive, send)
    assert sent[-2]["status"] == 503, "a lane that has closed takes nothing more"


async def test_a_canary_divides_the_callers_and_a_tester_chooses(behind: int) -> None:
    async def caller(scope: Any) -> Caller:
        return Caller(may_choose=True)

    policy = "canary: {percent: 50, header: X-Try}"
    async with _served(_gateway(behind, policy=policy, caller_of=caller)) as client:
        seen = {(await client.get("/both")).headers["x-lane-lane"] for _ in range(40)}
        chosen = (await client.get("/both", headers={"X-Try": "fastapi"})).json()
    assert (seen, chosen) == ({"flask", "fastapi"}, {"who": "fastapi"})


async def test_a_shadow_compares_the_two(behind: int) -> None:
    gateway = _gateway(behind, owner="fastapi", policy="shadow: {percent: 100}", shadow=Shadow())
    assert gateway.shadow is not None
    async with _served(gateway) as client:
        await client.get("/both")
        await asyncio.to_thread(until, lambda: [record for record in gateway.shadow.records() if record.compared])
    (record,) = gateway.shadow.records()
    assert [place["path"] for place in record.as_dict()["differences"]] == ["who"]


async def test_a_guard_gives_a_route_back_to_it(behind: int) -> None:
    app = FastAPI()

    @app.get("/both")
    async def both() -> None:
        raise HTTPException(500)

    policy = "guard: {max_error_rate: 0.05, min_requests: 20, window: 60}"
    gateway = _gateway(behind, owner="fastapi", policy=policy, app=app)
    async with _served(gateway) as client:
        for _ in range(30):
            await client.get("/both")
        await asyncio.to_thread(until, lambda: gateway.control.overrides.standing.get("both") is not None)
        assert (await client.get("/both")).json() == {"who": "flask"}


async def test_a_tool_cannot_know_its_rules_and_a_cut_over_asks_what_stands_around_them(behind: int, tmp_path: Path) -> None:
    gateway = _gateway(behind)
    assert problems(gateway.live.registry, None, gateway.fastapi_app, side=RemoteSide()) == []
    file = tmp_path / "registry.yaml"
    file.write_text(LISTED.format(owner="flask", policy="reason: none"))
    against, _ = await moves.evidence(moves.subject_of(gateway, file), "both", tmp_path / "none.json")
    assert any("what a remote Flask does around its routes is not known here" in each for each in against)
    said = parse(LISTED.format(owner="flask", policy="moved: []"))
    assert gateway.audit.against(said, "both") == []


@pytest.mark.parametrize("url", ["127.0.0.1:5000", "ftp://x", "http://", "http://x/app", "http://x?a=1", "http://ann:secret@x"])
def test_an_address_is_scheme_host_and_port(url: str) -> None:
    with pytest.raises(ValueError, match="expected scheme, host and port"):
        Remote(url)


def test_middleware_cannot_be_put_around_it_here() -> None:
    with pytest.raises(TypeError, match="put middleware around a remote one where it serves"):
        _gateway(1, wsgi_app=lambda environ, start_response: [])


# ---- WebSockets


async def test_a_websocket_passes_through_with_its_fields_and_its_protocol(behind: int) -> None:
    with serving(_gateway(behind), proxy_headers=False) as port:
        headers = {"Cookie": "a=1", "X_User": "root", "X-Forwarded-For": "6.6.6.6", "Origin": "http://shop.test"}
        protocols = [Subprotocol("v2"), Subprotocol("v1")]
        address = f"ws://127.0.0.1:{port}/chat?key=right"
        async with connect(address, proxy=None, additional_headers=headers, subprotocols=protocols) as client:
            seen = json.loads(await client.recv())
            await client.send("hello")
            await client.send(b"abc")
            assert [await client.recv(), await client.recv()] == ["HELLO", b"cba"]
            assert (client.subprotocol, client.response.headers["set-cookie"]) == ("v2", "seat=7")  # type: ignore[union-attr]
    expected = {"cookie": "a=1", "origin": "http://shop.test", "host": f"127.0.0.1:{port}", "x-forwarded-for": "127.0.0.1"}
    assert {name: seen[name] for name in expected} == expected
    assert "x_user" not in seen


async def test_either_side_ends_a_websocket_and_the_other_hears_why(behind: int, log: Path) -> None:
    with serving(_gateway(behind)) as port:
        address = f"ws://127.0.0.1:{port}/chat?key=right"
        async with connect(address, proxy=None) as client:
            await client.recv()
            await client.send("end")
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == (4001, "as you wish")
        async with connect(address, proxy=None) as client:
            await client.recv()
            await client.close(4002, "enough")
        await asyncio.to_thread(until, lambda: "chat ended 4002" in log.read_text())


async def test_a_handshake_that_is_refused_there_is_refused_with_the_same_answer(behind: int) -> None:
    with serving(_gateway(behind)) as port:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{port}/chat", proxy=None):
                pass
        response = refused.value.response
    assert (response.status_code, response.body, response.headers["www-authenticate"]) == (401, b"who are you?", "Key")


async def test_a_websocket_of_an_application_that_is_down_is_told() -> None:
    with serving(_gateway(free_port())) as port, pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://127.0.0.1:{port}/chat", proxy=None):
            pass
    assert (refused.value.response.status_code, refused.value.response.body) == (502, b"the Flask application cannot be reached")


async def test_a_worker_that_leaves_closes_them_on_both_sides(behind: int, log: Path) -> None:
    gateway = _gateway(behind)
    with serving(gateway) as port:
        async with connect(f"ws://127.0.0.1:{port}/chat?key=right", proxy=None) as client:
            await client.recv()
            gateway.drain.leaving()
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == 1012
        await asyncio.to_thread(until, lambda: "chat ended 1012" in log.read_text())
