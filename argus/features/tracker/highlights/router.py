"""Highlights and action items of a view, served by FastAPI (docs/contract/views.md#highlights-and-action-items)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.highlights import comments, service
from argus.features.tracker.highlights.schemas import (
    ActionItem,
    Done,
    Highlight,
    HighlightAssigneeBody,
    HighlightBody,
    HighlightComment,
    HighlightCommentBody,
    HighlightCommentKeyBody,
    HighlightCommentUpdateBody,
    HighlightCompletedBody,
    HighlightCreateBody,
    HighlightGroupBody,
    HighlightLists,
    HighlightUpdateBody,
)
from argus.kit.answer import json_answer
from argus.lanes.fastapi import IntText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, body_of, ok, send

router = APIRouter(prefix="/api/v1/views/widgets/highlights", tags=["highlights"])

DONE = json_answer({"status": "ok"})
Either = Ok[ActionItem | Highlight]


@router.get("", summary="Highlights and action items", response_model=Ok[HighlightLists])
async def get_highlights(user: LoggedIn, runtime: RuntimeDep, view_id: UuidQuery = None, index: IntText = None) -> Response:
    return ok(await service.list_all(runtime, view_id, index))


@router.post("/create", summary="Create a highlight or a task", response_model=Either, openapi_extra=body_of(HighlightCreateBody))
async def create_highlight(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.create(runtime, user, body))


@router.post(
    "/create_group", summary="Create a group of tasks", response_model=Ok[list[ActionItem]], openapi_extra=body_of(HighlightGroupBody)
)
async def create_highlight_group(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.create_group(runtime, user, body))


@router.post("/archive", summary="Archive", response_model=Done, openapi_extra=body_of(HighlightBody))
async def archive_highlight(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    await service.archive(runtime, user, body)
    return send(DONE)


@router.post("/unarchive", summary="Take out of the archive", response_model=Done, openapi_extra=body_of(HighlightBody))
async def unarchive_highlight(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    await service.unarchive(runtime, user, body)
    return send(DONE)


@router.post("/update", summary="Change the text", response_model=Either, openapi_extra=body_of(HighlightUpdateBody))
async def update_highlight(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.change(runtime, user, body))


@router.post("/set_assignee", summary="Assign a task", response_model=Ok[ActionItem], openapi_extra=body_of(HighlightAssigneeBody))
async def set_assignee(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.set_assignee(runtime, user, body))


@router.post("/set_completed", summary="Tick a task off", response_model=Ok[ActionItem], openapi_extra=body_of(HighlightCompletedBody))
async def set_completed(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.set_completed(runtime, user, body))


@router.get("/comments", summary="Comments of a highlight", response_model=Ok[list[HighlightComment]])
async def get_comments(
    user: LoggedIn,
    runtime: RuntimeDep,
    view_id: UuidQuery = None,
    index: IntText = None,
    created_at: Annotated[str | None, Query(description="of the highlight, Unix seconds")] = None,
) -> Response:
    return ok(await comments.list_all(runtime, view_id, index, created_at))


@router.post("/comments/create", summary="Comment", response_model=Ok[HighlightComment], openapi_extra=body_of(HighlightCommentBody))
async def create_comment(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await comments.create(runtime, user, body))


@router.post(
    "/comments/update", summary="Change a comment", response_model=Ok[HighlightComment], openapi_extra=body_of(HighlightCommentUpdateBody)
)
async def update_comment(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await comments.change(runtime, user, body))


@router.post("/comments/delete", summary="Delete a comment", response_model=Done, openapi_extra=body_of(HighlightCommentKeyBody))
async def delete_comment(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    await comments.remove(runtime, user, body)
    return send(DONE)
