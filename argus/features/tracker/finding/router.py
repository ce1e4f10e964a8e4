"""The search; FastAPI's alone (docs/triage.md#search)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.finding import service
from argus.features.tracker.finding.schemas import SearchPage
from argus.lanes.fastapi import IntText, LoggedIn, Ok, RuntimeDep, ok

router = APIRouter(prefix="/api/v1", tags=["search"])

Typed = Annotated[
    str | None, Query(description="words, `#build`, the beginning of an id, facets", examples=["longevity status:failed since:7d"])
]


@router.get("/search", summary="Search everything", response_model=Ok[SearchPage])
async def search(user: LoggedIn, runtime: RuntimeDep, q: Typed = None, limit: IntText = None, after: IntText = None) -> Response:
    return ok(await service.search(runtime, user, q, limit, after))
