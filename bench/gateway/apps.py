"""The applications under load: 263 routes on both frameworks, each the smallest answer that is still one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from fastapi import APIRouter, FastAPI
from fastapi import Response as FastApiResponse
from flask import Flask, Response

from argus.gateway import portal
from argus.gateway.gateway import Gateway
from argus.gateway.registry import Lane, parse

ROUTES = 263
THREADS = 20
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
    lines = ["version: 1", "blueprints:", "  all:", f"    owner: {lane}", "    routes:"]
    lines += [f'      - {{path: "{rule(number)}", methods: [GET]}}' for number in range(routes)]
    registry = parse("\n".join([*lines, "unlisted: flask", ""]))
    return Gateway(fastapi_app(range(routes)), flask_app(range(routes)), registry, threads=THREADS)


ASGI: dict[str, Callable[[], Any]] = {
    "fastapi-one": lambda: fastapi_app(range(ROUTES - 1, ROUTES)),
    "fastapi-last": lambda: fastapi_app(range(ROUTES)),
    "gateway-fastapi": lambda: gateway("fastapi"),
    "gateway-flask": lambda: gateway("flask"),
    "a2wsgi": lambda: WSGIMiddleware(flask_app(range(ROUTES)), workers=THREADS),
}


def asgi() -> Any:
    """The application that the environment names, for uvicorn."""
    return ASGI[os.environ["BENCH_APP"]]()


application = flask_app(range(ROUTES)) if os.environ.get("BENCH_APP") == "uwsgi" else None
