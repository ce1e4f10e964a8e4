"""A blueprint that the registry has switched off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse

from strangler import edit
from strangler.changes import changes
from strangler.gateway import MATCH, Gateway
from strangler.registry import RegistryError, parse
from support.gateways import make_gateway, running
from support.pair import REGISTRY, make_fastapi

pytestmark = pytest.mark.anyio


def _off(*names: str) -> str:
    text = REGISTRY
    for name in names:
        text = edit.set_enabled(text, name, False)
    return text


@pytest.mark.parametrize(("method", "path"), [("GET", "/runs/"), ("GET", "/files/a/b"), ("POST", "/echo"), ("GET", "/files/a/meta")])
async def test_its_routes_are_503_whatever_lane_they_are_on(method: str, path: str) -> None:
    async with running(make_gateway(source=parse(_off("runs", "files")))) as client:
        answer = await client.request(method, path)
        assert (await client.get("/whoami")).status_code == 200
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"code": "feature_disabled"}
    assert answer.headers["content-length"] == str(len(answer.content)), "no body of a lane stands behind it"


async def test_no_guard_and_no_figure_counts_it() -> None:
    gateway = make_gateway(source=parse(_off("runs")))
    async with running(gateway) as client:
        await client.get("/runs/")
        await client.get("/files/a")
    assert [row[2] for row in gateway.traffic.report()["routes"]] == ["/files/<path:name>"]


async def test_a_head_has_no_body_and_a_wrong_method_is_still_a_wrong_method() -> None:
    async with running(make_gateway(source=parse(_off("runs")))) as client:
        head = await client.head("/runs/")
        wrong = await client.delete("/runs/")
    assert (head.status_code, head.content, wrong.status_code) == (503, b"", 405)


async def test_the_host_has_its_own_form_of_the_answer_inside_its_middleware() -> None:
    async def disabled(scope: Any, receive: Any, send: Any) -> None:
        name = scope[MATCH].target.blueprint
        await JSONResponse({"status": "error", "message": f"{name} is off"}, 503, {"retry-after": "5"})(scope, receive, send)

    app = make_fastapi()
    app.add_middleware(CORSMiddleware, allow_origins=["https://other.test"])
    async with running(make_gateway(source=parse(_off("runs")), fastapi_app=app, disabled=disabled)) as client:
        answer = await client.get("/runs/", headers={"origin": "https://other.test"})
    assert (answer.json()["message"], answer.headers["retry-after"]) == ("runs is off", "5")
    assert answer.headers["access-control-allow-origin"] == "https://other.test"


async def test_the_kill_switch_does_not_switch_it_on() -> None:
    async with running(make_gateway(source=parse(_off("files")), lane="flask")) as client:
        assert (await client.get("/files/a")).status_code == 503


async def test_without_flask_too() -> None:
    app = FastAPI()
    app.add_api_route("/x", lambda: "x")
    text = "version: 1\nblueprints: {a: {owner: fastapi, enabled: false, routes: [{path: /x, methods: [GET]}]}}\nunlisted: fastapi\n"
    gateway = Gateway(app, None, parse(text))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway), base_url="http://x.test") as client:
        assert json.loads((await client.get("/x")).content) == {"code": "feature_disabled"}


def test_an_edit_keeps_comments_and_switching_on_leaves_no_trace() -> None:
    off = _off("runs")
    assert "runs: # the runs\n    owner: flask\n    enabled: false\n" in off
    assert edit.set_enabled(off, "runs", True) == REGISTRY
    written = off.replace("enabled: false", "enabled: true")
    assert "enabled: false" in edit.set_enabled(written, "runs", False)
    with pytest.raises(RegistryError, match="there is no blueprint 'nope'"):
        edit.set_enabled(REGISTRY, "nope", False)


def test_the_journal_tells_it_and_nothing_of_a_blueprint_that_is_on() -> None:
    before, after = parse(REGISTRY), parse(_off("runs"))
    assert [each[:4] for each in changes(before, after)] == [("runs", "enabled", "true", "false")]
    new = parse(REGISTRY.replace("unlisted:", "  more:\n    owner: flask\n    routes:\n      - {path: /more, methods: [GET]}\nunlisted:"))
    assert "enabled" not in {each.what for each in changes(before, new)}


def test_only_true_and_false_are_taken(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"blueprints\.runs\.enabled: Input should be a valid boolean"):
        parse(_off("runs").replace("enabled: false", "enabled: 'no'"))
