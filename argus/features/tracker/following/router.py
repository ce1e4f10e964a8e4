"""Releases that somebody follows; FastAPI's alone (docs/triage.md#my-day)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from argus.features.tracker.following import service
from argus.features.tracker.following.schemas import FollowBody, FollowedRelease, Standings
from argus.lanes.fastapi import IntText, JsonBody, LoggedIn, Ok, RuntimeDep, body_of, ok

router = APIRouter(prefix="/api/v1/following", tags=["following"])


@router.get("", summary="Releases that I follow", response_model=Ok[list[FollowedRelease]])
async def following(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await service.followed(runtime, user))


@router.get("/standing", summary="How the releases that I follow stand", response_model=Ok[Standings])
async def standing(user: LoggedIn, runtime: RuntimeDep, limit: IntText = None) -> Response:
    return ok(await service.standing(runtime, user, limit))


@router.post("/follow", summary="Follow a release", response_model=Ok[list[UUID]], openapi_extra=body_of(FollowBody))
async def follow(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.follow(runtime, user, body))


@router.post("/unfollow", summary="Follow a release no longer", response_model=Ok[list[UUID]], openapi_extra=body_of(FollowBody))
async def unfollow(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.unfollow(runtime, user, body))
