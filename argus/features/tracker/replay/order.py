"""In which order records are applied: runs first, their ends last, of heartbeats only the latest (docs/contract/replay.md#order)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from argus.features.tracker.replay.journal import Record

SUBMIT = "/testrun/$type/submit"
HEARTBEAT = "/testrun/$type/$id/heartbeat"
STATUS = "/testrun/$type/$id/set_status"
LOGS = "/testrun/$type/$id/logs/submit"
FINALIZE = "/testrun/$type/$id/finalize"
NEVER_REPLAYED = {"/testrun/report/email", "/planning/plan/trigger"}  # they would send mail or start jobs
FINAL_STATUSES = {"failed", "aborted", "passed", "error", "notrun", "not_run"}


@dataclass(frozen=True)
class Call:
    """A record as it is applied. `endpoint` is the template, slashes merged; `ts` Unix milliseconds, 0 when the record has none."""

    endpoint: str
    ts: int | float = 0
    method: str = "POST"
    location: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    content: bytes | None = None
    """The body as JSON. Thousands of calls wait at a time, and text takes a fraction of the memory."""

    @property
    def body(self) -> Any:
        """The body, None when there is none."""
        return None if self.content is None else json.loads(self.content)

    def with_body(self, body: Any) -> Call:
        """The same with another body."""
        return replace(self, content=json.dumps(body).encode())

    @property
    def run(self) -> tuple[Any, Any]:
        """The run that the address names: type and id, None for what it lacks."""
        return self.location.get("type"), self.location.get("id")


def call_of(record: Record) -> Call:
    """A record, with defaults for what is missing or of another kind than journals have."""
    ts = record.get("ts")
    return Call(
        endpoint=re.sub(r"(?<!:)/{2,}", "/", _text(record.get("endpoint"), "")),
        ts=ts if isinstance(ts, int | float) and not isinstance(ts, bool) else 0,
        method=_text(record.get("method"), "POST").upper(),
        location=_object(record.get("location_params")),
        params=_object(record.get("params")),
        content=None if record.get("body") is None else json.dumps(record["body"]).encode(),
    )


def in_order(calls: Sequence[Call]) -> list[Call]:
    """Calls as they are to be applied."""
    submits, others, statuses, ends = [], [], [], []
    heartbeats: dict[tuple[str, str], Call] = {}
    for call in sorted(calls, key=lambda call: call.ts):
        if call.endpoint == SUBMIT:
            submits.append(call)
        elif call.endpoint == HEARTBEAT:
            heartbeats[str(call.run[0]), str(call.run[1])] = call
        elif call.endpoint == STATUS and _status(call) in FINAL_STATUSES:
            statuses.append(call)
        elif call.endpoint == FINALIZE:
            ends.append(call)
        else:
            others.append(call)
    return [*submits, *others, *heartbeats.values(), *statuses, *ends]


def last_seen(calls: Sequence[Call]) -> dict[tuple[str, str], float]:
    """When each run was last heard of, in Unix milliseconds."""
    seen: dict[tuple[str, str], float] = {}
    for call in calls:
        if call.ts:
            key = (str(call.run[0]), str(call.run[1]))
            seen[key] = max(seen.get(key, 0), call.ts)
    return seen


def _status(call: Call) -> str:
    body = call.body
    return str(body.get("new_status", "")).lower() if isinstance(body, dict) else ""


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) and value else default


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
