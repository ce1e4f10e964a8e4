"""Issues linked to runs, served by FastAPI (docs/contract/testrun.md#issues)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from argus.features.tracker.issues import service
from argus.features.tracker.issues.listing import FILTERS, issues
from argus.features.tracker.issues.schemas import IssueBody, UnlinkBody, Unlinked
from argus.lanes.fastapi import FlagText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, UuidText, body_of, ok
from argus.models.issue import GithubIssue, JiraIssue

router = APIRouter(prefix="/api/v1", tags=["issues"])
Issue = Ok[GithubIssue | JiraIssue]


@router.get("/issues/get", summary="Issues by what they are linked to", response_model=Ok[list[dict[str, Any]]])
async def issues_get(
    user: LoggedIn,
    runtime: RuntimeDep,
    filterKey: Annotated[str | None, Query(json_schema_extra={"enum": list(FILTERS)})] = None,
    id: UuidQuery = None,
    aggregateByIssue: FlagText = None,
    productVersion: Annotated[str | None, Query(description="prefix of a version, or `!noVersion`")] = None,
    includeNoVersion: FlagText = None,
) -> Response:
    return ok(await issues(runtime, filterKey, id, aggregateByIssue, productVersion, includeNoVersion))


@router.post(
    "/test/{test_id}/run/{run_id}/issues/submit", summary="Link an issue to a run", response_model=Issue, openapi_extra=body_of(IssueBody)
)
async def issues_submit(user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await service.link(runtime, user, test_id, run_id, body))


@router.post(
    "/test/{test_id}/run/{run_id}/issues/event/{event_id}/submit",
    summary="Link an issue to an event of a run",
    response_model=Issue,
    openapi_extra=body_of(IssueBody),
)
async def issues_submit_for_event(
    user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, event_id: UuidText, body: JsonBody
) -> Response:
    return ok(await service.link(runtime, user, test_id, run_id, body, event_id))


@router.post("/issues/delete", summary="Unlink an issue", response_model=Ok[Unlinked], openapi_extra=body_of(UnlinkBody))
async def issues_delete(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.unlink(runtime, user, body))
