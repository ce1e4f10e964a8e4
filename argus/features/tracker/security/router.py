"""The security log, served by FastAPI."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from argus.features.tracker.security import service
from argus.lanes.fastapi import Admin, Ok, RuntimeDep, Shell, ok

router = APIRouter(tags=["security"])

Before = Annotated[str | None, Query(description="a time in ISO 8601; only what came earlier", json_schema_extra={"format": "date-time"})]
Limit = Annotated[str | None, Query(json_schema_extra={"pattern": r"^\d+$"}, description="1 to 500; 100 when not given")]


class Event(BaseModel):
    """An entry of the security log."""

    at: datetime
    what: str = Field(examples=["login_failed"])
    account: str | None = Field(description="whom it is about", examples=["bob"])
    account_id: UUID | None
    actor: str | None = Field(description="who did it; null where nobody was logged in")
    impersonator: str | None = Field(description="the administrator who stood behind")
    address: str | None
    request_id: str | None
    details: str | None


@router.get("/admin/api/v1/security/events", summary="The security log, newest first", response_model=Ok[list[Event]])
async def security_events(user: Admin, runtime: RuntimeDep, limit: Limit = None, before: Before = None) -> Response:
    return ok(await service.events(runtime, limit, before), Cache_Control="no-store")


@router.get("/admin/security", summary="The security log", response_class=HTMLResponse)
async def security(user: Admin, runtime: RuntimeDep, shell: Shell, before: Before = None) -> Response:
    return shell(await service.page(runtime, before))
