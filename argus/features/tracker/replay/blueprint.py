"""Replay of recorded client calls, served by Flask (docs/contract/replay.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request

from argus.features.tracker.replay import service
from argus.kit.pools import REPLAYED
from argus.lanes.flask import allow, call, has_left, logged_in, ok
from argus.runtime import Runtime

Send = Callable[[str, str, bytes | None], tuple[int, bytes]]

blueprint = Blueprint("replay", __name__, url_prefix="/api/v1/client/replay")


@blueprint.post("/ingest")
@logged_in
def replay_ingest() -> Response:
    identity = {name: value for name in ("Authorization", "Cookie") if (value := request.headers.get(name))}
    send = _sender(current_app._get_current_object(), identity)  # type: ignore[attr-defined]
    archive, options = request.get_data(), service.options_of(request.args)
    allow(service.time_of(current_app.extensions["argus.settings"]))
    return ok(call(_ingest, send, has_left(), request.content_type, archive, options))


async def _ingest(
    runtime: Runtime, send: Send, left: Callable[[], bool], content_type: str | None, archive: bytes, options: service.Options
) -> dict[str, Any]:
    async def dispatch(method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        return await runtime.blocking(REPLAYED, send, method, path, body)

    async def gone() -> bool:
        return left()

    return await service.ingest(runtime, dispatch, gone, content_type, archive, options)


def _sender(app: Flask, identity: dict[str, str]) -> Send:
    """Sends a request to this application, in a thread that is none of the lane's: those may all be waiting for an ingest."""
    client = app.test_client(use_cookies=False)

    def send(method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        content_type = None if body is None else "application/json"
        with client.open(path, method=method, data=body, content_type=content_type, headers=identity) as answer:
            return answer.status_code, answer.get_data()

    return send
