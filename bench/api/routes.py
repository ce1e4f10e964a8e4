"""The twenty routes that are asked most: what tests submit while they run, and what people look at."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import NamedTuple

from bench.api.data import SCT, TOKEN, known


class Hot(NamedTuple):
    """A route. `bounded`: what it reads does not depend on how much the database holds."""

    name: str
    request: Callable[[], bytes]
    bounded: bool = True


_counter = itertools.count(1)


def hot_routes() -> list[Hot]:
    """The routes, with requests for what is in every data set."""
    it = known()
    client, sct = f"/api/v1/client/testrun/{SCT}/{it.run}", f"/api/v1/client/sct/{it.run}"
    return [
        Hot("heartbeat", lambda: _post(f"{client}/heartbeat", {"schema_version": "v8"})),
        Hot("status of a run, set", lambda: _post(f"{client}/set_status", {"schema_version": "v8", "new_status": "running"})),
        Hot("event, submitted", lambda: _post(f"{sct}/event/submit", {"schema_version": "v8", "data": _event(next(_counter))})),
        Hot("package, submitted", lambda: _post(f"{sct}/packages/submit", {"schema_version": "v8", "packages": [_package()]})),
        Hot("status of a run", lambda: _get(f"{client}/get_status")),
        Hot("run, as clients read it", lambda: _get(f"{client}/get")),
        Hot("run, as its page reads it", lambda: _get(f"/api/v1/run/{SCT}/{it.run}")),
        Hot("type of a run", lambda: _get(f"/api/v1/run/{it.run}/type")),
        Hot("runs of a test", lambda: _get(f"/api/v1/test/{it.test}/runs?limit=10")),
        Hot("test by its job", lambda: _get(f"/api/v1/test-info?testId={it.test}")),
        Hot("events of a severity", lambda: _get(f"{sct}/events/NORMAL/get?limit=100")),
        Hot("events of all severities", lambda: _get(f"{sct}/events/get?limit=100")),
        Hot("events, counted", lambda: _get(f"{sct}/events/NORMAL/count")),
        Hot("nemeses of a run", lambda: _get(f"{sct}/nemesis/get")),
        Hot("machines of a run", lambda: _get(f"{sct}/resource/all")),
        Hot("comments of a run", lambda: _get(f"/api/v1/run/{it.run}/comments")),
        Hot("activity of a run", lambda: _get(f"/api/v1/run/{it.run}/activity")),
        Hot("unread notifications", lambda: _get("/api/v1/notifications/get_unread")),
        Hot("releases", lambda: _get("/api/v1/releases")),
        Hot(
            "statistics of a release, stored",
            lambda: _get(f"/api/v1/release/stats/v2?release={it.release}&limited=0&force=0"),
            bounded=False,
        ),
    ]


def _event(number: int) -> dict[str, object]:
    run_id = str(known().run)
    ts = 1_760_000_000 + number / 1000
    return {"run_id": run_id, "severity": "WARNING", "ts": ts, "message": "reactor stalled", "event_type": "DatabaseLogEvent"}


def _package() -> dict[str, str]:
    return {"name": "scylla-server", "version": "2025.1.0", "date": "20250101", "revision_id": "abc", "build_id": "id"}


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: argus\r\nAuthorization: token {TOKEN}\r\n\r\n".encode()


def _post(path: str, body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: argus\r\nAuthorization: token {TOKEN}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
