"""What is asked: what people look at, and what a run that is reported sends."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import NamedTuple

from bench.api.data import SCT, known

_counter = itertools.count(1)


class Ask(NamedTuple):
    """A request. `goal`: the most that it may cost, in multiples of the bare application (FastAPI lane, Cassandra)."""

    name: str
    make: Callable[[], tuple[str, str, object]]  # method, path, JSON body or None
    goal: float | None = None


def asks() -> list[Ask]:
    """The requests, for what every data set holds."""
    it = known()
    client, sct = f"/api/v1/client/testrun/{SCT}/{it.run}", f"/api/v1/client/sct/{it.run}"
    stats = f"/api/v1/release/stats/v2?release={it.release}&limited=0&force="
    return [
        _get("version", "/api/v1/version", 3),
        _get("users", "/api/v1/users", 4),
        _get("unread notifications", "/api/v1/notifications/get_unread", 4),
        _get("groups", f"/api/v1/groups?releaseId={it.release_id}", 4),
        _get("release details", f"/api/v1/release/{it.release_id}/details", 4),
        _get("releases", "/api/v1/releases", 4),
        _get("tests", f"/api/v1/tests?groupId={it.group_id}", 4),
        _get("status of a run", f"{client}/get_status", 5),
        _get("activity of a run", f"/api/v1/run/{it.run}/activity", 5),
        _get("comments of a run", f"/api/v1/run/{it.run}/comments", 5),
        _get("events of a severity", f"{sct}/events/NORMAL/get?limit=100"),
        _get("events of all severities", f"{sct}/events/get?limit=100", 10),
        _get("run", f"/api/v1/run/{SCT}/{it.run}", 10),
        _get("client get", f"{client}/get"),
        _get("runs of a test", f"/api/v1/test/{it.test}/runs?limit=10"),
        _get("fetch results", f"/api/v1/run/{it.test}/{it.run}/fetch_results"),
        _get("test results", f"/api/v1/test-results?testId={it.test}", 20),
        _get("release statistics, stored", stats + "0"),
        _get("release statistics, forced", stats + "1"),
        _get("planner data", f"/api/v1/release/planner/data?releaseId={it.release_id}"),
        _get("planning search", f"/api/v1/planning/search?query=test&releaseId={it.release_id}"),
        Ask("reporting", _reporting(client, sct), 9),
    ]


def result_table(number: int) -> dict[str, object]:
    """The results of a run, as clients submit them."""
    columns = [
        {"name": name, "unit": "ms", "type": "FLOAT", "higher_is_better": False, "visible": True} for name in ("P90", "P99", "throughput")
    ]
    cells = [
        {"column": column["name"], "row": row, "value": number % 7 + index, "status": "PASS"}
        for index, row in enumerate(("read", "write", "mixed"))
        for column in columns
    ]
    meta = {"name": "latencies", "description": "of operations", "columns_meta": columns, "rows_meta": ["read", "write", "mixed"]}
    return {"schema_version": "v8", "run_id": "", "sut_timestamp": 1_735_689_600 + number, "meta": meta, "results": cells}


def _get(name: str, path: str, goal: float | None = None) -> Ask:
    return Ask(name, lambda: ("GET", path, None), goal)


def _reporting(client: str, sct: str) -> Callable[[], tuple[str, str, object]]:
    """One after the other what the client of a running test sends."""
    version = {"schema_version": "v8"}
    package = {"name": "scylla-server", "version": "2025.1.0", "date": "20250101", "revision_id": "abc", "build_id": "id"}

    def event() -> dict[str, object]:
        ts = 1_760_000_000 + next(_counter) / 1000
        return {"run_id": str(known().run), "severity": "WARNING", "ts": ts, "message": "reactor stalled", "event_type": "DatabaseLogEvent"}

    turns: list[Callable[[], tuple[str, str, object]]] = [
        lambda: ("POST", f"{client}/heartbeat", version),
        lambda: ("POST", f"{sct}/event/submit", {**version, "data": event()}),
        lambda: ("POST", f"{client}/set_status", {**version, "new_status": "running"}),
        lambda: ("POST", f"{sct}/event/submit", {**version, "data": event()}),
        lambda: ("POST", f"{sct}/packages/submit", {**version, "packages": [package]}),
    ]
    order = itertools.cycle(turns)
    return lambda: next(order)()


def http(ask: tuple[str, str, object], token: str) -> bytes:
    """The request as it goes over the wire."""
    method, path, body = ask
    head = f"{method} {path} HTTP/1.1\r\nHost: argus\r\nAuthorization: token {token}\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    content = json.dumps(body).encode()
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
