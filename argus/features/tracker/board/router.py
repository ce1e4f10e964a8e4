"""The board of a release; FastAPI's alone (docs/triage.md#the-board-of-a-release)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from argus.features.tracker.board import service
from argus.features.tracker.board.schemas import BoardIndex, BoardRows
from argus.features.tracker.board.service import Asked
from argus.features.tracker.stats.router import Image, Name, NoVersion, Version
from argus.features.tracker.stats.schemas import Dormant
from argus.lanes.fastapi import LoggedIn, Ok, RuntimeDep, send

router = APIRouter(prefix="/api/v1/release", tags=["stats"])


async def _asked(release: Name = None, version: Version = None, no_version: NoVersion = None, image: Image = None) -> Asked:
    return Asked(release, version, no_version, image)


AskedDep = Annotated[Asked, Depends(_asked)]
Token = Annotated[str | None, Query(description="`token` of the board that the places are of")]
Places = Annotated[str | None, Query(alias="rows", description="at most 200 places in the columns", examples=["0,1,17"])]


@router.get("/board", summary="The tests of a release, to count, sort and filter them", response_model=Ok[BoardIndex | Dormant])
async def board(user: LoggedIn, runtime: RuntimeDep, asked: AskedDep) -> Response:
    return send(await service.index(runtime, asked))


@router.get("/board/rows", summary="Some tests of a release with their newest runs", response_model=Ok[BoardRows])
async def board_rows(user: LoggedIn, runtime: RuntimeDep, asked: AskedDep, token: Token = None, places: Places = None) -> Response:
    return send(await service.rows(runtime, asked, token, places))
