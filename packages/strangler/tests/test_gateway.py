"""The gateway as a server runs it: lifespan, live edits, state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from flask import Flask
from starlette.responses import PlainTextResponse

from strangler import edit, registry
from strangler.bridge import Bridge
from strangler.portal import PortalClosed
from strangler.registry import Lane
from support.gateways import make_gateway, running
from support.pair import REGISTRY, make_fastapi, make_flask, service
from support.server import serving, until

pytestmark = pytest.mark.anyio


async def test_the_lifespan_of_fastapi_runs_between_portal_and_drain() -> None:
    order: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        # a view may be called from the first moment on, and the portal is there before it
        order.append((await asyncio.to_thread(gateway.portal.call, service, "started"))["name"])
        yield {"of": "lifespan"}
        try:
            await asyncio.to_thread(gateway.portal.call, service, "stopped")
        except PortalClosed:
            order.append("portal closed")
        assert isinstance(gateway.bridge, Bridge)
        order.append(f"{gateway.bridge.pool.full}")

    app = make_fastapi(lifespan=lifespan)

    @app.get("/state")
    async def state(request: Request) -> str:
        return str(request.state.of)

    gateway = make_gateway(fastapi_app=app)
    with serving(gateway, lifespan="on") as port:
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/runs/abc")).json() == {"name": "abc"}
            assert (await client.get(f"http://127.0.0.1:{port}/state")).json() == "lifespan"
    assert order == ["started", "portal closed", "True"]


async def test_an_edit_moves_a_blueprint_while_requests_go_on(tmp_path: Path) -> None:
    file = tmp_path / "registry.yaml"
    file.write_text(REGISTRY)
    gateway = make_gateway(source=file)
    statuses: list[int] = []
    lanes: set[str] = set()
    with serving(gateway, lifespan="on") as port:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:

            async def ask() -> None:
                while not done.is_set():
                    answer = await client.get("/runs/abc")
                    statuses.append(answer.status_code)
                    lanes.add(answer.headers["x-lane-lane"])
                    assert answer.json() == {"name": "abc"}

            done = asyncio.Event()
            asking = [asyncio.create_task(ask()) for _ in range(4)]
            owners: tuple[Lane, ...] = ("fastapi", "flask", "fastapi")
            for owner in owners:
                before = gateway.table
                edit.write(file, edit.set_owner(file.read_text(), owner, "runs"))
                await asyncio.to_thread(until, lambda before=before: gateway.table is not before, 20)
                await asyncio.sleep(0.1)
            done.set()
            await asyncio.gather(*asking)
    assert set(statuses) == {200}
    assert lanes == {"flask", "fastapi"}


async def test_a_route_added_while_the_application_starts_is_served(tmp_path: Path) -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        @app.get("/late/{id}")
        async def late(id: str) -> str:
            return id

        yield

    with serving(make_gateway(fastapi_app=make_fastapi(lifespan=lifespan)), lifespan="on") as port:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/late/x")
            assert (answer.json(), answer.headers["x-lane-lane"]) == ("x", "fastapi")


async def test_the_state_for_operators() -> None:
    gateway = make_gateway(threads=3)
    async with running(gateway) as client:
        await client.get("/runs/abc")
    state = gateway.state()
    assert state["table"] == gateway.table.hash
    assert state["refused"] is None
    assert state["ready"] is True
    assert state["flask_threads"]["size"] == 3


async def test_a_root_path_is_no_part_of_a_route() -> None:
    gateway = make_gateway()
    transport = httpx.ASGITransport(app=gateway, root_path="/prefix")
    async with running(gateway), httpx.AsyncClient(transport=transport, base_url="http://pair.test") as client:
        for url, lane in (("/prefix/runs/abc", "flask"), ("/prefix/files/a", "fastapi")):
            answer = await client.get(url)
            assert (answer.status_code, answer.headers["x-lane-lane"]) == (200, lane)
        slash = await client.get("/prefix/runs")
        assert slash.headers["location"] == "http://pair.test/prefix/runs/"


async def test_wsgi_middleware_stands_around_flask() -> None:
    flask_app = make_flask()

    def middleware(environ, start_response):  # type: ignore[no-untyped-def]
        environ["HTTP_X_USER"] = "from middleware"
        return flask_app(environ, start_response)

    async with running(make_gateway(flask_app=flask_app, wsgi_app=middleware)) as client:
        assert (await client.get("/whoami")).json()["identity"] == "from middleware"


@pytest.mark.parametrize("owner", ["flask", "fastapi"])
@pytest.mark.parametrize("path", ["/products/", "/product/products/", "/product/product"])
async def test_a_root_path_is_cut_off_at_a_segment_only(owner: str, path: str) -> None:
    flask_app, fastapi_app = Flask("old"), FastAPI()
    for rule in ("/products/", "/product", "/"):
        flask_app.add_url_rule(rule, rule, lambda rule=rule: rule)
        fastapi_app.get(rule)(lambda rule=rule: PlainTextResponse(rule))
    routes = "".join(f"      - {{path: {rule}, methods: [GET]}}\n" for rule in ("/products/", "/product", "/"))
    source = registry.parse(f"version: 1\nblueprints:\n  b:\n    owner: {owner}\n    routes:\n{routes}unlisted: flask\n")
    gateway = make_gateway(flask_app=flask_app, fastapi_app=fastapi_app, source=source)
    gateway.portal.attach(asyncio.get_running_loop())
    transport = httpx.ASGITransport(app=gateway, root_path="/product")
    async with httpx.AsyncClient(transport=transport, base_url="http://pair.test") as client:
        answer = await client.get(path, follow_redirects=True)
    expected = {"/products/": "/products/", "/product/products/": "/products/", "/product/product": "/product"}
    assert (answer.status_code, answer.text) == (200, expected[path])
