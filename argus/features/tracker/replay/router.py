"""Replay of recorded client calls, served by FastAPI (docs/contract/replay.md)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query, Request, Response

from argus.features.tracker.replay import service
from argus.features.tracker.replay.schemas import ReplaySummary
from argus.kit import deadline
from argus.lanes.fastapi import LoggedIn, Ok, RuntimeDep, ok

router = APIRouter(prefix="/api/v1/client/replay", tags=["replay"])

Flag = Annotated[str | None, Query(description="`1`, `true` or `yes`; anything else is false")]
ARCHIVE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in service.MEDIA_TYPES}}
}


@router.post("/ingest", summary="Apply an archive of recorded calls", response_model=Ok[ReplaySummary], openapi_extra=ARCHIVE)
async def replay_ingest(
    user: LoggedIn,
    runtime: RuntimeDep,
    request: Request,
    dry_run: Flag = None,
    create_missing_tests: Flag = None,
    backfill_logs: Flag = None,
) -> Response:
    identity = {name: value for name in ("authorization", "cookie") if (value := request.headers.get(name))}
    transport = httpx.ASGITransport(app=request.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://replay", headers=identity, timeout=None) as client:  # noqa: S113

        async def dispatch(method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            headers = {} if body is None else {"content-type": "application/json"}
            # a task of its own: what a record loses is told in its own answer
            answer = await asyncio.create_task(client.request(method, path, content=body, headers=headers))
            return answer.status_code, answer.content

        options = service.options_of(request.query_params)
        archive, content_type = await request.body(), request.headers.get("content-type")
        deadline.allow(service.time_of(runtime.settings))
        summary = await service.ingest(runtime, dispatch, request.is_disconnected, content_type, archive, options)
    return ok(summary)
