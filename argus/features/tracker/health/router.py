"""Health checks, served by FastAPI."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from argus.features.tracker.health import service
from argus.features.tracker.health.schemas import Alive, NotReady, Ready
from argus.lanes.fastapi import RuntimeDep, send

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process live", response_model=Alive)
async def healthz(runtime: RuntimeDep) -> Response:
    return send(await service.alive(runtime))


@router.get("/readyz", summary="Can it do its work", response_model=Ready, responses={503: {"model": NotReady}})
async def readyz(request: Request, runtime: RuntimeDep) -> Response:
    return send(await service.ready(runtime, getattr(request.scope.get("gateway"), "ready", True)))
