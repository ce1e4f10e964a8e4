"""The page of the migration, served by FastAPI."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from argus.features.tracker.migration import service
from argus.lanes.fastapi import Admin, Shell

router = APIRouter(tags=["migration"])


@router.get("/admin/migration", summary="Progress of the migration, canaries, cut-overs", response_class=HTMLResponse)
async def migration(user: Admin, shell: Shell) -> Response:
    return shell(service.page())
