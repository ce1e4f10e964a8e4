"""The discussion of a run, served by FastAPI (docs/contract/testrun.md#comments)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from argus.features.tracker.comments import service
from argus.features.tracker.comments.schemas import CommentBody
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, UuidText, body_of, ok, send
from argus.lanes.together import together
from argus.models.comment import ArgusTestRunComment

router = APIRouter(prefix="/api/v1", tags=["comments"])
Comments = Ok[list[ArgusTestRunComment]]


@router.get("/test_run/comment/get", summary="A comment, by query", response_model=Ok[ArgusTestRunComment | bool], deprecated=True)
async def get_test_run_comment(user: LoggedIn, runtime: RuntimeDep, commentId: UuidQuery = None) -> Response:
    return ok(await service.comment_by_query(runtime, commentId))


@router.get("/comment/{comment_id}/get", summary="A comment", response_model=Ok[ArgusTestRunComment | None])
async def get_single_comment(user: LoggedIn, runtime: RuntimeDep, comment_id: UuidText) -> Response:
    return ok(await service.comment(runtime, comment_id))


@router.get("/run/{run_id}/comments", summary="The comments of a run", response_model=Comments)
async def get_testrun_comments(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, service.comments_of, run_id))


@router.post(
    "/test/{test_id}/run/{run_id}/comments/submit", summary="Post a comment", response_model=Comments, openapi_extra=body_of(CommentBody)
)
async def submit_testrun_comment(user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await service.post(runtime, user, test_id, run_id, body))


@router.post(
    "/test/{test_id}/run/{run_id}/comment/{comment_id}/update",
    summary="Change a comment",
    response_model=Comments,
    openapi_extra=body_of(CommentBody),
)
async def test_run_update_comment(
    user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, comment_id: UuidText, body: JsonBody
) -> Response:
    return ok(await service.change(runtime, user, test_id, run_id, comment_id, body))


@router.post("/test/{test_id}/run/{run_id}/comment/{comment_id}/delete", summary="Delete a comment", response_model=Comments)
async def test_run_delete_comment(
    user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, comment_id: UuidText
) -> Response:
    return ok(await service.remove(runtime, user, test_id, run_id, comment_id))
