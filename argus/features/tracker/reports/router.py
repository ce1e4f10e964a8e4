"""Mail reports, served by FastAPI (docs/contract/client.md#mail-reports)."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from argus.features.tracker.reports import service
from argus.features.tracker.reports.schemas import ReportBody
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, body_of, ok, send

router = APIRouter(prefix="/api/v1/client/testrun/report", tags=["reports"])


@router.post("", summary="The report of a run as a page", response_class=HTMLResponse, openapi_extra=body_of(ReportBody))
async def render_email_report(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return send(await service.preview(runtime, body))


@router.post("/email", summary="Mail the report of a run", response_model=Ok[bool], openapi_extra=body_of(ReportBody))
async def send_email_report(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.send(runtime, body))
