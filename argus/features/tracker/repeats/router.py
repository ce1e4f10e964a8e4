"""Cases that failed before; FastAPI's alone (docs/triage.md#seen-before)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from argus.features.tracker.repeats import service
from argus.features.tracker.repeats.schemas import CaseNames, SeenCase
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, UuidText, body_of, ok

router = APIRouter(prefix="/api/v1/run", tags=["triage"])


@router.post(
    "/{run_id}/cases/seen_before",
    summary="Other runs in which these cases failed",
    response_model=Ok[list[SeenCase]],
    openapi_extra=body_of(CaseNames),
)
async def cases_seen_before(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    return ok(await service.seen_cases(runtime, run_id, body))
