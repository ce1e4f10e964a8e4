"""Some routes of httpbin, rewritten in FastAPI: what somebody who moves it would write first."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from werkzeug.http import dump_cookie
from werkzeug.urls import uri_to_iri
from werkzeug.utils import redirect

REGISTRY = """\
version: 1
blueprints:
  inspection:
    owner: fastapi
    routes:
      - {path: "/ip", methods: [GET]}
      - {path: "/user-agent", methods: [GET]}
      - {path: "/headers", methods: [GET]}
      - {path: "/get", methods: [GET]}
      - {path: "/put", methods: [PUT]}
      - {path: "/robots.txt", methods: [GET]}
  cookies:
    owner: fastapi
    routes:
      - {path: "/cookies", methods: [GET]}
      - {path: "/cookies/set/<name>/<value>", methods: [GET]}
  data:
    owner: fastapi
    routes:
      - {path: "/base64/<value>", methods: [GET]}
      - {path: "/stream/<int:n>", methods: [GET]}
unlisted: flask
"""
ROBOTS = "User-agent: *\nDisallow: /deny\n"
OF_PROXIES = ("x-request-id", "x-forwarded-for", "x-forwarded-proto", "x-varnish", "via")
TRACKING = (
    "_gauges_unique",
    "_gauges_unique_year",
    "_gauges_unique_month",
    "_gauges_unique_day",
    "_gauges_unique_hour",
    "__utmz",
    "__utma",
)


def make_app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def cors(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["access-control-allow-origin"] = request.headers.get("origin", "*")
        response.headers["access-control-allow-credentials"] = "true"
        return response

    @app.get("/ip")
    async def ip(request: Request) -> Response:
        return _json({"origin": _origin(request)})

    @app.get("/user-agent")
    async def user_agent(request: Request) -> Response:
        return _json({"user-agent": request.headers["user-agent"]})

    @app.get("/headers")
    async def headers(request: Request) -> Response:
        return _json({"headers": _headers(request)})

    @app.get("/get")
    async def get(request: Request) -> Response:
        return _json(_asked(request))

    @app.put("/put")
    async def put(request: Request) -> Response:
        body = await request.body()
        form: dict[str, Any] = {}
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form, body = _grouped(parse_qsl(body.decode(), keep_blank_values=True)), b""
        return _json(_asked(request) | {"data": _shown(body), "form": form, "files": {}, "json": _loaded(body)})

    @app.get("/robots.txt")
    async def robots() -> Response:
        return Response(ROBOTS, headers={"content-type": "text/plain"})

    @app.get("/cookies")
    async def cookies(request: Request) -> Response:
        hidden = () if "show_env" in request.query_params else TRACKING
        return _json({"cookies": {name: value for name, value in request.cookies.items() if name not in hidden}})

    @app.get("/cookies/set/{name}/{value}")
    async def set_cookie(name: str, value: str) -> Response:
        found = redirect("/cookies")
        response = Response(found.get_data(), 302, {"content-type": "text/html; charset=utf-8", "location": "/cookies"})
        response.headers.append("set-cookie", dump_cookie(name, value))
        return response

    @app.get("/base64/{value}")
    async def decoded(value: str) -> Response:
        try:
            text = base64.urlsafe_b64decode(value.encode()).decode()
        except ValueError:
            text = "Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l"
        return PlainTextResponse(text, media_type="text/html")

    @app.get("/stream/{n:int}")
    async def stream(request: Request, n: int) -> Response:
        asked = _asked(request)

        def lines() -> Iterator[str]:
            for number in range(min(n, 100)):
                yield json.dumps(asked | {"id": number}) + "\n"

        return StreamingResponse(lines(), media_type="application/json")

    return app


def _json(value: Any) -> Response:
    return Response(json.dumps(value, sort_keys=True, indent=2) + "\n", media_type="application/json")


def _asked(request: Request) -> dict[str, Any]:
    args = _grouped(parse_qsl(request.url.query, keep_blank_values=True))
    return {"url": uri_to_iri(str(request.url)), "args": args, "headers": _headers(request), "origin": _origin(request)}


def _origin(request: Request) -> str:
    assert request.client is not None
    return request.headers.get("x-forwarded-for", request.client.host)


def _headers(request: Request) -> dict[str, str]:
    return {name.title(): value for name, value in request.headers.items() if name not in OF_PROXIES}


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _shown(body: bytes) -> str:
    try:
        text = body.decode()
        json.dumps(text)
    except ValueError:
        return "data:application/octet-stream;base64," + base64.b64encode(body).decode()
    return text


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
