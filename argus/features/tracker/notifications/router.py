"""The inbox, served by FastAPI (docs/contract/testrun.md#notifications)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.notifications import choosing, inbox, later, service, settings
from argus.features.tracker.notifications.schemas import (
    Headline,
    Inbox,
    LaterBody,
    Notification,
    ReadBody,
    ReadUntil,
    SettingBody,
    SettingsOf,
)
from argus.kit.parse import need
from argus.lanes.fastapi import FlagText, IntText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])

AfterId = Annotated[UuidQuery, Query(alias="afterId", description="the list begins with this one")]


@router.get("/get", summary="One notification", response_model=Ok[Notification])
async def get_notification(
    user: LoggedIn, runtime: RuntimeDep, notification_id: Annotated[UuidQuery, Query(alias="id")] = None
) -> Response:
    return ok(await service.get(runtime, user, notification_id))


@router.get("/get_unread", summary="How many are unread", response_model=Ok[int])
async def get_unread_count(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return send(await together(runtime, service.unread, user.id))


@router.get("/summary", summary="The newest notifications", response_model=Ok[list[Headline]])
async def get_summary(user: LoggedIn, runtime: RuntimeDep, after_id: AfterId = None, limit: IntText = None) -> Response:
    return ok(await service.summary(runtime, user, after_id, limit))


@router.get("/page", summary="The newest notifications, with what they are about", response_model=Ok[Inbox])
async def get_page(
    user: LoggedIn,
    runtime: RuntimeDep,
    limit: IntText = None,
    before: Annotated[UuidQuery, Query(description="`next` of the page before")] = None,
    kind: Annotated[str | None, Query(description="of one kind only", examples=["TYPE_MENTION"])] = None,
    unread: FlagText = None,
    q: Annotated[str | None, Query(description="a text in what they say")] = None,
    put_off: Annotated[FlagText, Query(alias="later", description="1: those that are put off, and no others")] = None,
) -> Response:
    return ok(await inbox.page_of(runtime, user, limit, before, choosing.choice_of(kind, unread, q, put_off)))


@router.get("/waiting", summary="How many are unread and not put off", response_model=Ok[int])
async def count_waiting(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await later.waiting(runtime, user))


@router.post("/later", summary="Put notifications off, or have them back", response_model=Ok[int], openapi_extra=body_of(LaterBody))
async def put_off_notifications(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await later.put_off(runtime, user, body))


@router.get("/settings", summary="How one is told of each kind", response_model=Ok[SettingsOf])
async def get_settings(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await settings.of_user(runtime, user))


@router.post("/settings", summary="Choose how one is told of a kind", response_model=Ok[SettingsOf], openapi_extra=body_of(SettingBody))
async def choose_setting(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await settings.choose(runtime, user, body))


@router.post("/read_all", summary="Mark one and those before it as read", response_model=Ok[int], openapi_extra=body_of(ReadUntil))
async def read_all(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await inbox.read_all(runtime, user, need(body, "until")))


@router.post("/read", summary="Mark one as read", response_model=Ok[bool], openapi_extra=body_of(ReadBody))
async def read_notification(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.read(runtime, user, body))
