"""Tests over time; FastAPI's alone (docs/triage.md#flakiness-durations-versions)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from argus.features.tracker.trends import service
from argus.features.tracker.trends.schemas import Trends
from argus.lanes.fastapi import IntText, LoggedIn, Ok, RuntimeDep, UuidQuery, ok

router = APIRouter(prefix="/api/v1", tags=["trends"])

Name = Annotated[str | None, Query(description="name of a release", examples=["scylla-2025.4"])]
Moment = Annotated[str | None, Query(description="days back (`30d`), or a time in ISO 8601")]


class Asked:
    """The query of both routes, as texts."""

    def __init__(
        self,
        release: Name = None,
        view: UuidQuery = None,
        q: Annotated[str | None, Query(description="part of a test, group or job")] = None,
        version: Annotated[str | None, Query(description="its beginning")] = None,
        since: Moment = None,
        until: Moment = None,
    ) -> None:
        self.release, self.view = release, view
        self.filters = (q, version, since, until)


AskedDep = Annotated[Asked, Depends()]


@router.get("/trends", summary="Flakiness, durations and outcomes by version", response_model=Ok[Trends])
async def trends(user: LoggedIn, runtime: RuntimeDep, asked: AskedDep, after: IntText = None) -> Response:
    return ok(await service.trends(runtime, asked.release, asked.view, service.Wanted.of(*asked.filters), after))


@router.get("/trends/csv", summary="The same as CSV", response_class=Response)
async def trends_csv(user: LoggedIn, runtime: RuntimeDep, asked: AskedDep) -> Response:
    lines = await service.as_csv(runtime, asked.release, asked.view, service.Wanted.of(*asked.filters))
    return StreamingResponse(lines, media_type="text/csv", headers={"Content-Disposition": 'attachment; filename="trends.csv"'})
