"""What an endpoint of FastAPI keeps of Flask: session, hooks, flashes, refusals, templates."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Response
from fastapi.responses import HTMLResponse
from flask import Flask, abort, flash, g, get_flashed_messages, make_response, redirect, render_template_string, request, send_file, session

from strangler.flask_context import InFlask, InFlaskContext, flask_context
from strangler.registry import parse
from support.gateways import make_gateway

pytestmark = pytest.mark.anyio

ROUTES = {
    "/count": "GET, POST",
    "/page": "GET",
    "/gone": "GET",
    "/plain": "GET",
    "/chosen": "POST",
    "/thread": "GET",
    "/viewed/<what>": "GET",
}
REGISTRY = (
    "version: 1\nblueprints:\n  new:\n    owner: fastapi\n    routes:\n"
    + "".join(f"      - {{path: {path}, methods: [{methods}]}}\n" for path, methods in ROUTES.items())
    + "unlisted: flask\n"
)


def _flask() -> Flask:
    app = Flask("old")
    app.secret_key = "a-key-for-tests"

    @app.before_request
    def load_user() -> None:
        g.user = session.get("user", "nobody")

    @app.before_request
    def protect() -> Any:
        return redirect("/login") if request.method == "POST" and request.form.get("token") != "right" else None

    @app.after_request
    def frame(response: Any) -> Any:
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["X-Policy"] = " default-src 'self'; "
        return response

    @app.get("/login")
    def login() -> str:
        session["user"] = request.args.get("as", "ann")
        flash("welcome")
        return "in"

    @app.get("/old/<what>")
    def old(what: str) -> Any:
        return _viewed(what)

    @app.get("/seen")
    def seen() -> str:
        return str(session.get("count", 0))

    return app


def _count() -> int:
    before: int = session.get("count", 0)
    session["count"] = before + 1
    return before + 1


def _user() -> str:
    return str(g.get("user", "no hook ran"))


def _viewed(what: str) -> Any:
    """A view of Flask with answers of every kind."""
    if what == "redirect":
        return redirect("/login")
    if what == "file":
        return send_file(BytesIO(bytes(range(256))), "application/x-thing", download_name="ä.bin", as_attachment=True)
    response = make_response(render_template_string("{{ g.user }} ä"), 203)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    session["seen"] = what
    return response if what == "cookies" else abort(404)


def _fastapi() -> FastAPI:
    app = FastAPI()

    @app.get("/viewed/{what}")
    async def viewed(what: str, flask: InFlask) -> Response:
        return await flask.answer(_viewed, what=what)

    @app.api_route("/count", methods=["GET", "POST"])
    async def count(flask: InFlask) -> dict[str, int]:
        return {"count": await flask.run(_count)}

    @app.get("/page")
    async def page(flask: InFlask) -> HTMLResponse:
        def render() -> str:
            return render_template_string("{{ g.user }} {{ flashes }} {{ url_for('login') }}", flashes=get_flashed_messages())

        return HTMLResponse(await flask.run(render))

    @app.get("/gone")
    async def gone(flask: InFlask) -> None:
        await flask.run(abort, 410)

    @app.get("/plain")
    async def plain(flask: Annotated[InFlaskContext, Depends(flask_context("none"))]) -> str:
        return await flask.run(_user)

    @app.post("/chosen")
    async def chosen(flask: Annotated[InFlaskContext, Depends(flask_context(["load_user"]))]) -> str:
        return await flask.run(_user)

    @app.get("/thread")
    async def thread(flask: InFlask) -> list[str]:
        return [threading.current_thread().name, await flask.run(lambda: threading.current_thread().name)]

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    flask_app = _flask()
    gateway = make_gateway(flask_app=flask_app, fastapi_app=_fastapi(), source=parse(REGISTRY))
    gateway.portal.attach(asyncio.get_running_loop())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway), base_url="http://pair.test") as found:
        yield found
    assert gateway.bridge is not None
    await gateway.bridge.close(2)


async def test_a_session_is_read_and_written_by_both_lanes(client: httpx.AsyncClient) -> None:
    assert (await client.get("/count")).json() == {"count": 1}
    answer = await client.get("/count")
    assert (answer.json(), answer.headers["x-lane-lane"]) == ({"count": 2}, "fastapi")
    assert (await client.get("/seen")).text == "2"


async def test_user_flashes_and_urls_are_those_of_flask(client: httpx.AsyncClient) -> None:
    await client.get("/login", params={"as": "ben"})
    assert (await client.get("/page")).text == "ben ['welcome'] /login".replace("'", "&#39;")
    assert (await client.get("/page")).text == "ben [] /login", "a flash is shown once"


async def test_headers_of_after_request_hooks_go_out_with_the_answer(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page")
    assert answer.headers.get_list("x-frame-options") == ["DENY"]
    assert answer.headers.get_list("content-type") == ["text/html; charset=utf-8"]
    assert answer.headers["x-policy"] == "default-src 'self';", "h11 ends a connection on which a value has blanks around it"


@pytest.mark.parametrize("what", ["cookies", "redirect", "file", "nothing"])
async def test_a_view_of_flask_is_answered_as_flask_answers_it(client: httpx.AsyncClient, what: str) -> None:
    one, other = await client.get(f"/old/{what}"), await client.get(f"/viewed/{what}")
    assert (one.headers.pop("x-lane-lane"), other.headers.pop("x-lane-lane")) == ("flask", "fastapi")
    assert (other.status_code, other.content) == (one.status_code, one.content)
    ours, theirs = (sorted(_lasting(item) for item in each.headers.multi_items() if item[0] != "date") for each in (other, one))
    assert ours == theirs


def _lasting(header: tuple[str, str]) -> tuple[str, str]:
    """A header without what changes from one second to the next: the signature of a session, and when it ends."""
    name, value = header
    return name, re.sub(r"(session=|Expires=)[^;]*", r"\1", value) if name == "set-cookie" else value


async def test_a_hook_that_answers_ends_the_request(client: httpx.AsyncClient) -> None:
    refused = await client.post("/count", data={"token": "wrong"})
    assert (refused.status_code, refused.headers["location"]) == (302, "/login")
    assert (await client.post("/count", data={"token": "right"})).json() == {"count": 1}


async def test_an_abort_is_the_answer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/gone")).status_code == 410


async def test_hooks_may_be_chosen(client: httpx.AsyncClient) -> None:
    assert (await client.get("/plain")).json() == "no hook ran"
    assert (await client.post("/chosen")).json() == "nobody", "`protect` would have refused it"


async def test_it_runs_in_a_thread_of_the_flask_lane(client: httpx.AsyncClient) -> None:
    here, there = (await client.get("/thread")).json()
    assert here == threading.current_thread().name
    assert there.startswith("flask-lane-")


async def test_two_writers_of_one_session_do_not_overtake_each_other(client: httpx.AsyncClient) -> None:
    """A session that is kept by the server: each of many requests at once adds one."""
    kept: dict[str, Any] = {}

    class Kept(dict[str, Any]):
        new = modified = accessed = permanent = False

    class Interface:
        def open_session(self, app: Any, asked: Any) -> Kept:
            found = Kept(kept)
            time.sleep(0.01)  # in which another one could save
            return found

        def is_null_session(self, found: Any) -> bool:
            return False

        def save_session(self, app: Any, found: Kept, response: Any) -> None:
            kept.update(found)

    gateway = client._transport.app  # type: ignore[attr-defined]
    gateway.flask_app.session_interface = Interface()
    client.cookies.set("session", "of one browser")
    await asyncio.gather(*(client.get("/count") for _ in range(30)))
    assert kept["count"] == 30
