"""Metrics, served by FastAPI."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import PlainTextResponse

from argus.features.tracker.metrics import service
from argus.lanes.fastapi import Caller, RuntimeDep, send

router = APIRouter(tags=["metrics"])


@router.get("/metrics", summary="Metrics for Prometheus", response_class=PlainTextResponse)
async def prometheus_metrics(
    caller: Caller,
    runtime: RuntimeDep,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    names: Annotated[list[str] | None, Query(alias="name[]", description="Only these metrics.")] = None,
) -> Response:
    return send(await service.scrape(runtime, caller, accept, names or []))
