"""A small made-up pair of applications: every route on both lanes, and a registry for them."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi import Response as FastApiResponse
from fastapi.responses import StreamingResponse
from flask import Blueprint, Flask, Response, jsonify, request, session, stream_with_context

from strangler import portal

REGISTRY = """\
# who owns what
version: 1
blueprints:
  runs: # the runs
    owner: flask
    routes:
      - {path: "/runs/", methods: [GET], endpoint: api.runs.index}
      - {path: "/runs/<string:run_id>", methods: [GET, POST]}
      - {path: "/runs/<int:number>/build", methods: [GET]}
      - {path: "/runs/<uuid:run_id>/details", methods: [DELETE, GET]}
  files:
    owner: fastapi
    reason: the first to move
    since: 2026-01-31
    routes:
      - {path: "/files/<path:name>", methods: [GET]}
      - path: "/files/<path:name>/meta" # in block style
        methods: [GET]
        owner: flask
      - {path: "/echo", methods: [POST, PUT]}
  identity:
    owner: flask
    routes:
      - {path: "/whoami", methods: [GET]}
      - {path: "/stream", methods: [GET]}
unlisted: flask
"""

identity: ContextVar[str] = ContextVar("identity", default="nobody")


async def service(name: str) -> dict[str, Any]:
    """What both lanes call."""
    return {"name": name}


async def who() -> dict[str, Any]:
    """Who calls, as the context says."""
    await asyncio.sleep(0.001)
    return {"identity": identity.get()}


def make_flask() -> Flask:
    app = Flask("pair", static_folder=None)
    app.secret_key = "s"
    runs = Blueprint("runs", __name__, url_prefix="/runs")

    @runs.get("/")
    def index() -> Response:
        return jsonify(portal.current().call(service, "index"))

    @runs.route("/<string:run_id>", methods=["GET", "POST"])
    def run(run_id: str) -> Response:
        return jsonify(portal.current().call(service, run_id))

    @runs.get("/<int:number>/build")
    def build(number: int) -> Response:
        return jsonify(portal.current().call(service, f"build {number}"))

    @runs.route("/<uuid:run_id>/details", methods=["GET", "DELETE"])
    def details(run_id: UUID) -> Response:
        return jsonify(portal.current().call(service, f"details {run_id}"))

    app.register_blueprint(runs)

    @app.get("/files/<path:name>")
    def file(name: str) -> Response:
        return jsonify(portal.current().call(service, f"file {name}"))

    @app.get("/files/<path:name>/meta")
    def meta(name: str) -> Response:
        return jsonify(portal.current().call(service, f"meta {name}"))

    @app.route("/echo", methods=["POST", "PUT"])
    def echo() -> Response:
        return Response(request.get_data(), mimetype="application/octet-stream")

    @app.get("/whoami")
    def whoami() -> Response:
        identity.set(request.headers.get("x-user", "nobody"))
        session["user"] = identity.get()
        time.sleep(0.002)
        found = portal.current().call(who)
        return jsonify(found | {"session": session["user"]})

    @app.get("/stream")
    def stream() -> Response:
        return Response(stream_with_context(f"{n}\n" for n in range(3)), mimetype="text/plain")

    return app


def make_fastapi(**options: Any) -> FastAPI:
    app = FastAPI(**options)
    runs = APIRouter(prefix="/runs")

    @runs.get("/")
    async def index() -> dict[str, Any]:
        return await service("index")

    @runs.api_route("/{run_id}", methods=["GET", "POST"])
    async def run(run_id: str) -> dict[str, Any]:
        return await service(run_id)

    @runs.get("/{number}/build")
    async def build(number: int) -> dict[str, Any]:
        return await service(f"build {number}")

    @runs.api_route("/{run_id:uuid}/details", methods=["GET", "DELETE"])
    async def details(run_id: UUID) -> dict[str, Any]:
        return await service(f"details {run_id}")

    app.include_router(runs)

    @app.get("/files/{name:path}/meta")
    async def meta(name: str) -> dict[str, Any]:
        return await service(f"meta {name}")

    @app.get("/files/{name:path}")
    async def file(name: str) -> dict[str, Any]:
        return await service(f"file {name}")

    @app.api_route("/echo", methods=["POST", "PUT"])
    async def echo(request: Request) -> FastApiResponse:
        return FastApiResponse(await request.body(), media_type="application/octet-stream")

    async def identified(x_user: str = Header("nobody")) -> str:
        identity.set(x_user)
        return x_user

    @app.get("/whoami")
    async def whoami(user: str = Depends(identified)) -> dict[str, Any]:
        return await who() | {"session": user}

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse((f"{n}\n" for n in range(3)), media_type="text/plain")

    return app
