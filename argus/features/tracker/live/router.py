"""The stream of changes, served by FastAPI alone: a thread of the Flask lane would stand still for as long as somebody listens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from argus.features.tracker.live import service
from argus.features.tracker.live.schemas import Event
from argus.lanes.fastapi import LoggedIn, RuntimeDep

router = APIRouter(tags=["live"])

ENDING = "argus.ending"
"""Where the server looks for what ends an answer that has no end of its own (`web/connections.py`)."""
TEXT = "text/event-stream"
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}  # nginx passes on at once
ABOUT: dict[int | str, dict[str, Any]] = {
    200: {"model": Event, "content": {TEXT: {"example": 'id: 17\ndata: {"type":"run","topic":"run:…","seq":17,"at":"…Z","data":{}}\n\n'}}},
    400: {"description": "a topic that does not exist, or too many of them"},
    429: {"description": "too many streams of this user"},
}

Topics = Annotated[
    str,
    Query(
        description="`run:<id>`, `test:<id>`, `release:<id>`, `view:<id>`, `runs`, `catalogue`, `user:me`, separated by commas",
        examples=["run:c396f918-590b-4c87-8f73-cf64067b4d0a,user:me"],
    ),
]
Since = Annotated[str | None, Query(description="the last `seq` that was seen: what came behind it is told first")]
Ago = Annotated[str | None, Query(description="for who has no `seq`: milliseconds for which it has looked already")]
LastEventId = Annotated[str | None, Header(description="the same, as browsers say it when they come again")]


@router.get("/api/v1/live", summary="What changes, as it happens", response_class=StreamingResponse, responses=ABOUT)
async def live(
    request: Request,
    user: LoggedIn,
    runtime: RuntimeDep,
    topics: Topics = "",
    since: Since = None,
    ago: Ago = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    def on_ending(end: Any) -> None:
        request.scope.setdefault("state", {})[ENDING] = end

    wanted, seen = service.topics_of(user, topics), service.since_of(since, last_event_id)
    events = service.stream(runtime, user, wanted, seen, service.ago_of(ago), on_ending)
    first = await anext(events)  # what is refused is refused before the answer begins
    return StreamingResponse(_from(first, events), media_type=TEXT, headers=HEADERS)


async def _from(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for text in rest:
        yield text
