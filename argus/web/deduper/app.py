"""The deduper served alone under ASGI: `argus_deduper:app` (docs/deduper.md#alone); `flask_app.py` is its twin under WSGI.

Both use the settings and databases of Argus, so they share jobs with a gateway, on this host or another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

import argus
from argus.auth.session import SessionCodec
from argus.features.deduper import schemas
from argus.features.deduper.router import answer, router
from argus.kit.settings import Settings
from argus.lanes.fastapi import RuntimeDep, SessionDep
from argus.platform.waking import Waking
from argus.web.fastapi_app import Failures, FirstValues, Sessions
from argus.web.requests import Requests
from argus.web.worker import Worker


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
    app.add_middleware(Sessions, codec=codec_of(settings), secure=settings.SESSION_COOKIE_SECURE)
    app.add_middleware(Requests)
    app.router.routes.extend(router.routes)

    @app.get("/", summary="What serves here", response_model=schemas.Index)
    async def index(request: Request, runtime: RuntimeDep, session: SessionDep) -> Response:
        return await answer("index", request, runtime, session)

    return app


def codec_of(settings: Settings) -> SessionCodec:
    """How session cookies of these settings are signed."""
    return SessionCodec(settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS)
