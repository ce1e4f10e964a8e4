"""Demo data on an empty installation; FastAPI's alone (docs/operations.md#demo-data)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel, Field

from argus.features.tracker.demo import service
from argus.lanes.fastapi import Admin, Ok, RuntimeDep, ok

router = APIRouter(prefix="/admin/api/v1/demo", tags=["admin"])


class Loading(BaseModel):
    """How far the loading is."""

    state: Literal["none", "loading", "loaded", "stopped"]
    played: int = Field(description="calls of the story that were played")
    total: int
    problem: str = Field(description="why it stopped")


class Person(BaseModel):
    """Somebody of the story."""

    username: str
    full_name: str
    admin: bool


class Begun(Loading):
    """The answer to whoever began it."""

    people: list[Person]
    password: str = Field(description="of each of them; told once")


@router.get("", summary="How far demo data are loaded", response_model=Ok[Loading])
async def demo_state(user: Admin, runtime: RuntimeDep) -> Response:
    return ok(await service.state_of(runtime), Cache_Control="no-store")


@router.post("/load", summary="Load demo data into an empty installation", response_model=Ok[Begun])
async def load_demo(user: Admin, runtime: RuntimeDep, request: Request) -> Response:
    app: FastAPI = request.app
    return ok(await service.load(runtime, app), Cache_Control="no-store")
