"""The discussion of a run, served by FastAPI (docs/contract/testrun.md#comments)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from argus.features.tracker.comments import discussion, pictures, service
from argus.features.tracker.comments.schemas import (
    CommentBody,
    DiscussionBody,
    DiscussionOfRun,
    EarlierTextOf,
    KeptPicture,
    ReactionBody,
    SeenBody,
    Sign,
)
from argus.lanes.fastapi import FormBody, JsonBody, LoggedIn, Ok, ReadAhead, RuntimeDep, UuidQuery, UuidText, body_of, ok, send
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
async def get_testrun_comments(read_ahead: ReadAhead, run_id: UuidText) -> Response:
    return send(await read_ahead(service.comments_of, run_id))


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


@router.get("/run/{run_id}/discussion", summary="The discussion of a run", response_model=Ok[DiscussionOfRun])
async def get_discussion(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return ok(await discussion.of_run(runtime, user, run_id))


@router.post(
    "/test/{test_id}/run/{run_id}/discussion",
    summary="Post a comment about a part of a run",
    response_model=Ok[DiscussionOfRun],
    openapi_extra=body_of(DiscussionBody),
)
async def post_to_discussion(user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await discussion.post(runtime, user, test_id, run_id, body))


@router.post(
    "/run/{run_id}/comment/{comment_id}/reactions",
    summary="React to a comment, or take it back",
    response_model=Ok[list[Sign]],
    openapi_extra=body_of(ReactionBody),
)
async def react_to_comment(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, comment_id: UuidText, body: JsonBody) -> Response:
    return ok(await discussion.react(runtime, user, run_id, comment_id, body))


@router.get(
    "/run/{run_id}/comment/{comment_id}/texts", summary="What a comment said before it was edited", response_model=Ok[list[EarlierTextOf]]
)
async def get_earlier_texts(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, comment_id: UuidText) -> Response:
    return ok(await discussion.earlier_texts(runtime, run_id, comment_id))


@router.post(
    "/run/{run_id}/discussion/seen",
    summary="Note that one has seen the discussion",
    response_model=Ok[bool],
    openapi_extra=body_of(SeenBody),
)
async def see_discussion(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await discussion.see(runtime, user, run_id, body))


PICTURE = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
            }
        },
    }
}


@router.post(
    "/run/{run_id}/pictures", summary="Keep a picture for comments on a run", response_model=Ok[KeptPicture], openapi_extra=PICTURE
)
async def keep_picture(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, form: FormBody) -> Response:
    return ok(await pictures.keep(runtime, user, run_id, form.files.get("file")))


@router.get("/run/{run_id}/pictures/{picture_id}", summary="A picture of a comment", response_class=Response)
async def get_comment_picture(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, picture_id: UuidText) -> Response:
    return send(await pictures.shown(runtime, run_id, picture_id))
