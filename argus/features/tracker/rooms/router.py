"""The room of a release; FastAPI's alone (docs/triage.md#the-room-of-a-release)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.rooms import service
from argus.features.tracker.rooms.schemas import MessageBody, Room, RoomMessage
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1/release/room", tags=["stats"])

Name = Annotated[str | None, Query(description="name of a release", examples=["scylla-2025.4"])]
Version = Annotated[str | None, Query(description="only runs whose version begins so")]


@router.get("", summary="A release for whoever decides about it", response_model=Ok[Room])
async def room(user: LoggedIn, runtime: RuntimeDep, release: Name = None, version: Version = None) -> Response:
    return send(await together(runtime, service.room, release, version))


@router.post("/message", summary="Replace the message of the day", response_model=Ok[RoomMessage], openapi_extra=body_of(MessageBody))
async def write_message(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.write(runtime, user, body))
