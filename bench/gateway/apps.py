"""The applications under load: 263 routes on both frameworks, each the smallest answer that is still one.

All but the `bare` ones stand behind the middleware of Argus, request ids and metrics; the gateway also shadows one request in ten.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from fastapi import APIRouter, FastAPI
from fastapi import Response as FastApiResponse
from flask import Flask, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from argus.web.metrics import counted
from argus.web.plain import plain
from argus.web.requests import Requests, entering
from strangler import portal
from strangler.gateway import LANE, MATCH, Gateway
from strangler.registry import Lane, parse
from strangler.shadow import Shadow
from strangler.table import Match, Target

ROUTES = 263
THREADS = 20
SHADOWED = 10  # per cent
BODY = b'{"response": "ok", "status": "ok"}\n'
LAST = f"/api/v1/feature{ROUTES - 1}/c396f918-590b-4c87-8f73-cf64067b4d0a/details"


def rule(number: int) -> str:
    return f"/api/v1/feature{number}/<string:item_id>/details"


def fastapi_app(numbers: range) -> FastAPI:
    """Routers of ten routes each, as an application of this size is written."""
    app = FastAPI()

    async def endpoint(item_id: str) -> FastApiResponse:
        return FastApiResponse(BODY, media_type="application/json")

    for first in range(numbers.start, numbers.stop, 10):
        router = APIRouter(prefix="/api/v1")
        for number in range(first, min(first + 10, numbers.stop)):
            router.add_api_route(f"/feature{number}/{{item_id}}/details", endpoint, methods=["GET"], name=f"f{number}")
        app.include_router(router)
    return app


async def _service() -> bytes:
    return BODY


def flask_app(numbers: range) -> Flask:
    app = Flask(__name__, static_folder=None)

    def view(item_id: str) -> Response:
        return Response(BODY, mimetype="application/json")

    def calling(item_id: str) -> Response:
        return Response(portal.current().call(_service), mimetype="application/json")

    for number in numbers:
        app.add_url_rule(rule(number), f"f{number}", view)
    app.add_url_rule("/portal/<string:item_id>", "portal", calling)
    return app


def gateway(lane: Lane, routes: int = ROUTES) -> Gateway:
    lines = ["version: 1", "blueprints:", "  all:", f"    owner: {lane}", f"    shadow: {{percent: {SHADOWED}}}", "    routes:"]
    lines += [f'      - {{path: "{rule(number)}", methods: [GET]}}' for number in range(routes)]
    registry = parse("\n".join([*lines, "unlisted: flask", ""]))
    flask = flask_app(range(routes))
    return Gateway(
        fastapi_app(range(routes)),
        flask,
        registry,
        wsgi_app=entering(flask),
        around=lambda gateway: counted(Requests(gateway)),
        shadow=Shadow(),
        threads=THREADS,
        header_prefix="X-Argus-",
    )


def watched(app: ASGIApp, lane: Lane) -> ASGIApp:
    """An application without gateway behind the same middleware, which is told what a gateway would have found."""
    match = Match(Target("GET", rule(ROUTES - 1), lane, "all", "last", frozenset([lane]), None, None, None), {})

    async def matched(scope: Scope, receive: Receive, send: Send) -> None:
        scope[MATCH], scope[LANE] = match, lane
        await app(scope, receive, send)

    return counted(Requests(matched))


ASGI: dict[str, Callable[[], Any]] = {
    "fastapi-one-bare": lambda: fastapi_app(range(ROUTES - 1, ROUTES)),
    "fastapi-one": lambda: watched(fastapi_app(range(ROUTES - 1, ROUTES)), "fastapi"),
    "fastapi-last": lambda: watched(fastapi_app(range(ROUTES)), "fastapi"),
    "gateway-fastapi": lambda: gateway("fastapi"),
    "gateway-flask": lambda: gateway("flask"),
    "a2wsgi": lambda: watched(WSGIMiddleware(flask_app(range(ROUTES)), workers=THREADS), "flask"),  # type: ignore[arg-type]
}


def asgi() -> Any:
    """The application that the environment names, for uvicorn."""
    return ASGI[os.environ["BENCH_APP"]]()


application = plain(gateway("flask")) if os.environ.get("BENCH_APP") == "uwsgi" else None
