"""The page of the jobs, served by FastAPI."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import HTMLResponse

from argus.jobs.console import service
from argus.jobs.console.schemas import Overview, Turn
from argus.lanes.fastapi import Admin, Ok, RuntimeDep, Shell, ok, send

router = APIRouter(tags=["jobs"])

Known = Annotated[str | None, Header(alias="If-None-Match", description="the `ETag` of what is there already")]


@router.get("/admin/jobs", summary="Jobs, remotes and mails", response_class=HTMLResponse)
async def jobs(user: Admin, shell: Shell) -> Response:
    return shell(service.page())


@router.get("/admin/api/v1/jobs", summary="Jobs, how the systems do that they ask, and mails that wait", response_model=Ok[Overview])
async def jobs_overview(user: Admin, runtime: RuntimeDep, known: Known = None) -> Response:
    return send(await service.overview(runtime, known))


@router.get("/admin/api/v1/jobs/{name}/history", summary="The last turns of a job", response_model=Ok[list[Turn]])
async def jobs_history(user: Admin, runtime: RuntimeDep, name: str) -> Response:
    return ok(await service.history(runtime, name), Cache_Control="no-store")


@router.post("/admin/api/v1/jobs/{name}/run", summary="Have a turn now", response_model=Ok[str])
async def jobs_run(user: Admin, runtime: RuntimeDep, name: str) -> Response:
    return ok(await service.run(runtime, name, user))


@router.post("/admin/api/v1/jobs/{name}/pause", summary="Have no turns until it is resumed", response_model=Ok[str])
async def jobs_pause(user: Admin, runtime: RuntimeDep, name: str) -> Response:
    return ok(await service.pause(runtime, name, user))


@router.post("/admin/api/v1/jobs/{name}/resume", summary="Have turns again", response_model=Ok[str])
async def jobs_resume(user: Admin, runtime: RuntimeDep, name: str) -> Response:
    return ok(await service.resume(runtime, name))
