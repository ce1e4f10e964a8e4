"""A pair of applications with faults to switch on, behind a gateway whose workers share Argus' own state: what the load tests serve.

`uvicorn tests.slow.seeded:app --workers 2`, with `SEEDED` naming a folder that holds `registry.yaml` and `faults.json`; the database is
made there. Answers tell by `X-Worker` which process gave them.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from flask import Flask, Response, jsonify
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.models.gateway import GatewayJournal, GatewayOverride, GatewayReport
from argus.storage.open import open_store
from argus.storage.store import Store
from argus.storage.table import Row
from argus.web.gateway_state import StoredState
from strangler import portal
from strangler.canary import Caller
from strangler.gateway import Gateway
from strangler.registry import Lane
from strangler.shadow import Shadow
from tests.process import free_port, process, wait_for

MODELS: list[type[Row]] = [GatewayJournal, GatewayOverride, GatewayReport]
SECONDS = 0.04  # that the work of a request takes in the middle
PARTS = ["failing", "slow", "right"]  # each a route, and a blueprint, of its own
STEPS = ["setup", "prepare", "stress", "verify", "teardown"]


def store_in(folder: Path) -> Store:
    """The database that the workers share."""
    return open_store(f"sqlite:///{folder}/state.sqlite", MODELS, [])


class Faults:
    """What is wrong, by `lane/part`: `wrong`, `errors` (shares of the answers), `slower` (times). Read again when the file has changed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seen = 0
        self._faults: dict[str, dict[str, float]] = {}

    def of(self, lane: Lane, part: str) -> dict[str, float]:
        changed = self.file.stat().st_mtime_ns
        if changed != self._seen:
            self._faults, self._seen = json.loads(self.file.read_text()), changed
        return self._faults.get(f"{lane}/{part}", {})


class Service:
    """What both lanes call."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.served = 0
        self.released = threading.Event()

    async def work(self, lane: Lane, part: str) -> bool:
        """Takes its time; whether it went well."""
        fault = self.faults.of(lane, part)
        await asyncio.sleep(SECONDS * fault.get("slower", 1) * random.lognormvariate(0, 0.5))
        return random.random() >= fault.get("errors", 0)

    async def run(self, lane: Lane, part: str, number: int) -> dict[str, Any]:
        """A run whose times and ids differ from call to call; one of its fields may be wrong."""
        self.served += 1
        wrong = random.random() < self.faults.of(lane, part).get("wrong", 0)
        status = ["passed", "failed", "aborted"][number % 3]
        return {
            "id": str(uuid.uuid4()),
            "number": number,
            "fetched_at": time.time(),
            "second": int(time.time()),
            "age": f"{time.time() % 60:.1f} s ago",
            "served": self.served,
            "steps": [
                {"id": str(uuid.uuid4()), "name": name, "status": "running" if wrong and name == "verify" else status, "at": time.time_ns()}
                for name in STEPS
            ],
            "events": {str(uuid.uuid4()): {"severity": severity, "at": time.time_ns()} for severity in ("warning", "error")},
            "links": {"self": f"/run/{number}", "log": f"https://logs.test/{number}?signature={uuid.uuid4().hex}"},
        }

    def page(self, number: int) -> str:
        return (
            f"<!doctype html><html><head><meta name=csrf content={uuid.uuid4().hex}><title>{number}</title></head>"
            f"<body><p>At {time.time_ns()}</p><ul><li>one</li><li data-id='{uuid.uuid4()}'>two</li></ul></body></html>"
        )

    async def hang(self) -> str:
        """Until somebody releases it."""
        while not self.released.is_set():
            await asyncio.sleep(0.05)
        return "released"


def flask_app(service: Service) -> Flask:
    app = Flask("seeded", static_folder=None)

    def work(part: str) -> Any:
        well = portal.current().call(service.work, "flask", part)
        return (jsonify(part=part), 200 if well else 500)

    for part in PARTS:
        app.add_url_rule(f"/task/{part}", part, partial(work, part))

    @app.get("/run/<int:number>")
    def run(number: int) -> Response:
        answer = jsonify(portal.current().call(service.run, "flask", "run", number))
        answer.set_cookie("seen", uuid.uuid4().hex, httponly=True, samesite="lax")
        return answer

    @app.get("/runs/<int:number>")
    def runs(number: int) -> Response:
        return jsonify([portal.current().call(service.run, "flask", "runs", number + n) for n in range(3)])

    @app.get("/page/<int:number>")
    def page(number: int) -> str:
        return service.page(number)

    @app.get("/hang")
    def hang() -> str:
        service.released.wait()
        return "released"

    @app.get("/hang-in-service")
    def hang_in_service() -> str:
        return portal.current().call(service.hang)

    return app


def fastapi_app(service: Service, **options: Any) -> FastAPI:
    app = FastAPI(**options)

    def working(part: str) -> Callable[[], Awaitable[JSONResponse]]:
        async def work() -> JSONResponse:
            well = await service.work("fastapi", part)
            return JSONResponse({"part": part}, 200 if well else 500)

        return work

    for part in PARTS:
        app.add_api_route(f"/task/{part}", working(part), methods=["GET"], name=part)

    @app.get("/run/{number:int}")
    async def run(number: int) -> JSONResponse:
        answer = JSONResponse(await service.run("fastapi", "run", number))
        answer.set_cookie("seen", uuid.uuid4().hex, httponly=True, samesite="lax")
        return answer

    @app.get("/runs/{number:int}")
    async def runs(number: int) -> JSONResponse:
        return JSONResponse([await service.run("fastapi", "runs", number + n) for n in range(3)])

    @app.get("/page/{number:int}")
    async def page(number: int) -> HTMLResponse:
        return HTMLResponse(service.page(number))

    @app.get("/quick")
    async def quick() -> JSONResponse:
        return JSONResponse({"quick": True})

    @app.get("/told")
    async def told(request: Request) -> JSONResponse:
        """What this worker knows."""
        gateway: Gateway = request.scope["gateway"]
        return JSONResponse({"overrides": sorted(gateway.control.overrides.standing), **gateway.state()})

    @app.post("/hangs/{how}")
    async def hangs(how: str) -> JSONResponse:
        service.released.set() if how == "release" else service.released.clear()
        return JSONResponse({})

    return app


async def by_name(scope: Scope) -> Caller:
    """Callers say who they are."""
    return Caller(user=next((value.decode() for name, value in scope["headers"] if name == b"x-user"), None))


def telling(app: ASGIApp) -> ASGIApp:
    """Adds `X-Worker`."""
    worker = (b"x-worker", str(os.getpid()).encode())

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), worker]}
            await send(message)

        await app(scope, receive, sending)

    return told


def make(folder: Path) -> Gateway:
    """The gateway over the pair."""
    service, store = Service(Faults(folder / "faults.json")), store_in(folder)

    async def opened() -> Store:
        return store

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await store.start()
        yield
        await store.close()

    return Gateway(
        fastapi_app(service, lifespan=lifespan),
        flask_app(service),
        folder / "registry.yaml",
        shadow=Shadow(),
        state=StoredState(opened),
        caller_of=by_name,
        around=telling,
        header_prefix="X-Argus-",
    )


@contextmanager
def serving(folder: Path, registry: str, *options: str) -> Iterator[tuple[int, Any]]:
    """A server of the pair in a process of its own, with `options` of uvicorn: its port, and the process."""
    (folder / "registry.yaml").write_text(registry)
    (folder / "faults.json").write_text("{}")
    port, log = free_port(), folder / "server.log"
    command = [sys.executable, "-m", "uvicorn", "tests.slow.seeded:app", "--port", str(port), "--no-access-log", *options]
    with process(*command, env={**os.environ, "SEEDED": str(folder)}, log=log) as running:
        wait_for(f"http://127.0.0.1:{port}/told", running, log)
        yield port, running


if "SEEDED" in os.environ:
    app = make(Path(os.environ["SEEDED"]))
