"""Both lanes answer alike, whoever owns a path."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from strangler import registry
from strangler.registry import RegistryError
from support.gateways import make_gateway, running
from support.pair import REGISTRY, make_fastapi

pytestmark = pytest.mark.anyio

UUID = "c396f918-590b-4c87-8f73-cf64067b4d0a"
REQUESTS = [
    ("GET", "/runs/"),
    ("GET", "/runs/abc"),
    ("POST", "/runs/abc"),
    ("HEAD", "/runs/abc"),
    ("GET", "/runs/%C3%A9%20x"),
    ("GET", "/runs/a%2Fb"),
    ("GET", "/runs/12/build"),
    ("GET", "/runs/007/build"),
    ("GET", "/runs/x/build"),
    ("GET", f"/runs/{UUID}/details"),
    ("DELETE", f"/runs/{UUID}/details"),
    ("GET", "/runs/none/details"),
    ("GET", "/files/a/b/c.txt"),
    ("GET", "/files/a/b/meta"),
    ("HEAD", "/files/a"),
    ("GET", "/stream"),
    ("GET", "/whoami"),
    # what no view answers
    ("GET", "/runs"),
    ("GET", "/runs?page=2&q=%C3%A9"),
    ("HEAD", "/runs"),
    ("POST", "/runs"),
    ("GET", "//runs//abc"),
    ("GET", "/runs//abc"),
    ("GET", "/runs/abc/"),
    ("GET", "/files//a//b"),
    ("GET", "/missing"),
    ("POST", "/missing"),
    ("PUT", "/runs/abc"),
    ("PATCH", f"/runs/{UUID}/details"),
    ("POST", "/files/a"),
    ("GET", "/echo"),
    ("HEAD", "/echo"),
    ("OPTIONS", "/runs/abc"),
    ("OPTIONS", "/runs/"),
    ("OPTIONS", "/runs"),
    ("OPTIONS", "/echo"),
    ("OPTIONS", "/files/a/meta"),
    ("OPTIONS", "/missing"),
]
COMPARED = ("content-type", "content-length", "location", "allow")


async def _answers(requests: list[tuple[str, str]], **options: object) -> list[tuple[object, ...]]:
    async with running(make_gateway(**options)) as client:
        found: list[tuple[object, ...]] = []
        for method, url in requests:
            answer = await client.request(method, url, headers={"x-user": "ann"})
            body = answer.json() if answer.headers.get("content-type") == "application/json" and answer.content else answer.content
            kept = {name: answer.headers.get(name) for name in COMPARED}
            if kept["content-type"] == "application/json":
                kept.pop("content-length")  # the two frameworks space their JSON differently
            found.append((method, url, answer.status_code, kept, body))
        return found


async def test_both_lanes_and_a_gateway_without_flask_answer_alike() -> None:
    flask = await _answers(REQUESTS, lane="flask")
    fastapi = await _answers(REQUESTS, lane="fastapi")
    alone = await _answers(REQUESTS, lane="fastapi", flask_app=None)
    mixed = await _answers(REQUESTS)
    for one, two, three, four in zip(flask, fastapi, alone, mixed, strict=True):
        assert one == two
        assert one == three
        assert one == four
    statuses = {answer[2] for answer in flask}
    assert {200, 404, 405, 308} <= statuses


async def test_known_answers() -> None:
    async with running(make_gateway(lane="fastapi", flask_app=None)) as client:
        missing = await client.get("/missing")
        assert missing.status_code == 404
        assert missing.headers["content-type"] == "text/html; charset=utf-8"
        wrong = await client.put("/runs/abc")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
        options = await client.options("/echo")
        assert (options.status_code, options.headers["allow"], options.content) == (200, "OPTIONS, POST, PUT", b"")
        slash = await client.get("/runs?x=1")
        assert (slash.status_code, slash.headers["location"]) == (308, "http://pair.test/runs/?x=1")
        merged = await client.get("/runs//abc")
        assert (merged.status_code, merged.headers["location"]) == (308, "http://pair.test/runs/abc")


async def test_the_registry_decides_the_lane_and_headers_say_so() -> None:
    gateway = make_gateway()
    async with running(gateway) as client:
        for url, lane in {"/runs/abc": "flask", "/files/a": "fastapi", "/files/a/meta": "flask", "/missing": "flask"}.items():
            answer = await client.get(url)
            assert answer.headers["x-lane-lane"] == lane, url
            assert answer.headers["x-lane-table"] == gateway.table.hash


async def test_header_prefix_is_configurable() -> None:
    async with running(make_gateway(header_prefix="X-Shop-")) as client:
        answer = await client.get("/files/a")
        assert answer.headers["x-shop-lane"] == "fastapi"
        assert "x-lane-lane" not in answer.headers


async def test_head_on_the_fastapi_lane_has_the_headers_of_get_and_no_body() -> None:
    async with running(make_gateway(lane="fastapi")) as client:
        get, head = await client.get("/files/a"), await client.head("/files/a")
        assert head.content == b""
        assert head.headers == get.headers
        stream = await client.head("/stream")
        assert (stream.status_code, stream.content) == (200, b"")


async def test_the_match_is_in_the_scope_for_middleware_around_the_gateway() -> None:
    gateway = make_gateway()
    seen: list[object] = []

    async def around(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await gateway(scope, receive, send)
        match = scope["gateway.match"]
        seen.append(match and (match.target.blueprint, match.target.template, match.target.endpoint, match.target.lane, match.params))

    async with running(gateway), httpx.AsyncClient(transport=httpx.ASGITransport(app=around), base_url="http://pair.test") as client:
        await client.get("/runs/")
        await client.get("/files/a/b")
        await client.get("/missing")
    assert seen == [
        ("runs", "/runs/", "api.runs.index", "flask", {}),
        ("files", "/files/<path:name>", "file", "fastapi", {"name": "a/b"}),
        None,
    ]


async def test_routes_that_only_fastapi_has_get_their_405_and_slash_redirect_from_the_gateway() -> None:
    app: FastAPI = make_fastapi()

    @app.get("/new/")
    async def new() -> str:
        return "new"

    @app.post("/whoami")
    async def more() -> str:
        return "more"

    text = REGISTRY.replace("unlisted: flask", "unlisted: fastapi")
    async with running(make_gateway(fastapi_app=app, source=registry.parse(text))) as client:
        assert (await client.get("/new/")).json() == "new"
        assert (await client.get("/new")).status_code == 308
        assert (await client.delete("/new/")).headers["allow"] == "GET, HEAD, OPTIONS"
        assert (await client.post("/whoami")).headers["x-lane-lane"] == "fastapi"
        wrong = await client.delete("/whoami")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
        assert (await client.options("/whoami")).headers["allow"] == "GET, HEAD, OPTIONS, POST"
        missing = await client.get("/missing")
        assert (missing.status_code, missing.headers["x-lane-lane"]) == (404, "flask")


async def test_a_registry_that_the_applications_contradict_is_refused_with_its_line() -> None:
    for old, new in (('"/whoami"', '"/whoareyou"'), ('"/stream", methods: [GET]', '"/stream", methods: [GET, PUT]')):
        text = REGISTRY.replace(old, new)
        with pytest.raises(RegistryError, match="no application has it") as refused:
            make_gateway(source=registry.parse(text))
        assert refused.value.line is not None
        assert new in text.splitlines()[refused.value.line - 1]
    make_gateway(source=registry.parse(REGISTRY.replace("unlisted: flask", "unlisted: none")))
    with pytest.raises(RegistryError, match="is given to flask, which does not have it"):
        make_gateway(flask_app=None)


async def test_unlisted_none_refuses_a_route_that_is_not_listed() -> None:
    text = "".join(line for line in REGISTRY.splitlines(keepends=True) if "/stream" not in line).replace(
        "unlisted: flask", "unlisted: none"
    )
    with pytest.raises(RegistryError, match="GET /stream exists but is not listed"):
        make_gateway(source=registry.parse(text))
