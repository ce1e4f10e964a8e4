"""The pair behind a gateway with a short drain, for servers in their own process."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from strangler import registry
from strangler.gateway import Gateway
from support.pair import REGISTRY, make_fastapi, make_flask

log = Path(os.environ["DRAIN_LOG"]) if "DRAIN_LOG" in os.environ else None


def _note(what: str) -> None:
    if log is not None:
        with log.open("a") as file:
            file.write(what + "\n")


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    yield
    _note("lifespan ended")


def _slow() -> str:
    time.sleep(2)
    _note("view ended")
    return str(os.getpid())


flask_app = make_flask()
fastapi_app = make_fastapi(lifespan=_lifespan)


@fastapi_app.get("/health")
async def health() -> dict[str, Any]:
    return {"ready": app.ready, "pid": os.getpid()}


flask_app.view_functions["stream"] = _slow
app = Gateway(fastapi_app, flask_app, registry.parse(REGISTRY), drain_period=float(os.environ["DRAIN_PERIOD"]))
mounted = Starlette(routes=[Mount("/", app)])
"""The same below an application that keeps its lifespan to itself."""
