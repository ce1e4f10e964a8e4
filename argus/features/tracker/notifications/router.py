"""The inbox, served by FastAPI (docs/contract/testrun.md#notifications)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.notifications import service
from argus.features.tracker.notifications.schemas import Headline, Notification, ReadBody
from argus.lanes.fastapi import IntText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, body_of, ok

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])

AfterId = Annotated[UuidQuery, Query(alias="afterId", description="the list begins with this one")]


@router.get("/get", summary="One notification", response_model=Ok[Notification])
async def get_notification(
    user: LoggedIn, runtime: RuntimeDep, notification_id: Annotated[UuidQuery, Query(alias="id")] = None
) -> Response:
    return ok(await service.get(runtime, user, notification_id))


@router.get("/get_unread", summary="How many are unread", response_model=Ok[int])
async def get_unread_count(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await service.unread(runtime, user))


@router.get("/summary", summary="The newest notifications", response_model=Ok[list[Headline]])
async def get_summary(user: LoggedIn, runtime: RuntimeDep, after_id: AfterId = None, limit: IntText = None) -> Response:
    return ok(await service.summary(runtime, user, after_id, limit))


@router.post("/read", summary="Mark one as read", response_model=Ok[bool], openapi_extra=body_of(ReadBody))
async def read_notification(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.read(runtime, user, body))
