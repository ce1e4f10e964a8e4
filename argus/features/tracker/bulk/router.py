"""Changing many runs at once; FastAPI's alone (docs/triage.md#many-runs-at-once)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from argus.features.tracker.bulk import service
from argus.features.tracker.bulk import undo as undoing
from argus.features.tracker.bulk.schemas import TriageBody, Triaged, UndoBody
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, body_of, ok

router = APIRouter(prefix="/api/v1/runs", tags=["triage"])


@router.post("/triage", summary="Change many runs at once", response_model=Ok[Triaged], openapi_extra=body_of(TriageBody))
async def triage_runs(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.triage(runtime, user, body))


@router.post("/triage/undo", summary="Take a change of many runs back", response_model=Ok[Triaged], openapi_extra=body_of(UndoBody))
async def undo_triage(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await undoing.undo(runtime, user, body))
