"""The deduper served alone: `argus_deduper:app` under ASGI, `argus_deduper_flask:app` under WSGI (docs/deduper.md#alone).

Both use the settings and databases of Argus, so they share jobs with a gateway, on this host or another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts

import argus
from argus.auth.session import SessionCodec
from argus.features.deduper import schemas
from argus.features.deduper.router import answer, router
from argus.kit import logs
from argus.kit.settings import Settings
from argus.lanes.fastapi import RuntimeDep, SessionDep
from argus.platform.waking import Waking
from argus.runtime import Runtime
from argus.web.app import CallService
from argus.web.fastapi_app import Failures, FirstValues, Sessions
from argus.web.requests import Requests, request_id
from argus.web.worker import Worker

if TYPE_CHECKING:
    from flask import Flask
    from flask import Response as FlaskResponse

T = TypeVar("T")


def create_app(settings: Settings) -> FastAPI:
    """The FastAPI shell alone."""
    worker = Worker(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = app.state.runtime = await worker.open()
        queue = Waking(runtime)
        await queue.start()
        yield
        await queue.stop()
        await worker.close()

    app = FastAPI(title="Argus deduper", version=argus.__version__, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.standalone = True
    app.add_middleware(FirstValues, untouched="/-/")
    app.add_middleware(Failures)
    app.add_middleware(Sessions, codec=_codec(settings), secure=settings.SESSION_COOKIE_SECURE)
    app.add_middleware(Requests)
    app.include_router(router)

    @app.get("/", summary="What serves here", response_model=schemas.Index)
    async def index(request: Request, runtime: RuntimeDep, session: SessionDep) -> Response:
        return await answer("index", request, runtime, session)

    for _ in iter_route_contexts(app.router.routes):  # FastAPI makes included routes when they are first looked at: not by a request
        pass
    return app


class _Working(CallService):
    """Reaches services, and does the work of the queue on the loop that it reaches them on, from the first request on."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self._working = False

    async def _run(self, service: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        runtime: Runtime = await self.worker.open()
        if not self._working:
            self._working = True
            queue = Waking(runtime)
            await queue.start()
            runtime.on_close(queue.stop)
        return await service(runtime, *args, **kwargs)


def create_wsgi_app(settings: Settings) -> Flask:
    """The Flask shell alone."""
    from argus.features.deduper.blueprint import blueprint, index
    from argus.web.flask_app import create_flask_app

    app = create_flask_app(settings, _Working(Worker(settings)), _codec(settings), [blueprint])
    app.extensions["argus.standalone"] = True
    app.add_url_rule("/", "deduper.home", index)
    app.before_request(_begin)
    app.after_request(_named)
    app.teardown_request(_over)
    return app


def _begin() -> None:
    """The request gets its id, and the log knows of it."""
    from flask import g, request

    g.request_id = request_id(request.headers.get("X-Request-Id"))
    told = {"request_id": g.request_id}
    g.served = logs.serve(lambda: told)


def _named(response: FlaskResponse) -> FlaskResponse:
    from flask import g

    response.headers["X-Request-Id"] = g.request_id
    return response


def _over(error: BaseException | None) -> None:
    from flask import g

    logs.served(g.pop("served"))


def _codec(settings: Settings) -> SessionCodec:
    return SessionCodec(settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS)
