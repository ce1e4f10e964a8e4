"""Replay of recorded client calls, served by Flask (replay-api.md)."""

from __future__ import annotations

import asyncio

from flask import Blueprint, Flask, Response, current_app, request

from argus.features.replay import service
from argus.lanes.flask import call, logged_in, ok

blueprint = Blueprint("replay", __name__, url_prefix="/api/v1/client/replay")


@blueprint.post("/ingest")
@logged_in
def replay_ingest() -> Response:
    identity = {name: value for name in ("Authorization", "Cookie") if (value := request.headers.get(name))}
    dispatch = _dispatcher(current_app._get_current_object(), identity)  # type: ignore[attr-defined]
    options = service.options_of(request.args)
    return ok(call(service.ingest, dispatch, request.content_type, request.get_data(), options))


def _dispatcher(app: Flask, identity: dict[str, str]) -> service.Dispatch:
    """Requests to this application, each in a thread that is none of the lane's: those may all be waiting for an ingest."""
    client = app.test_client(use_cookies=False)

    def send(method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        content_type = None if body is None else "application/json"
        with client.open(path, method=method, data=body, content_type=content_type, headers=identity) as answer:
            return answer.status_code, answer.get_data()

    async def dispatch(method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        return await asyncio.to_thread(send, method, path, body)

    return dispatch
