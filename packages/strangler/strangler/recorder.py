"""Records live traffic, redacted, as what `strangler … parity` plays on both lanes.

Each worker adds the requests that it has served to one file, an entry of a HAR a line; `har_of` makes a HAR of it. What could name a person
or open a door is not kept: no cookies, no credentials, no bodies of answers, and no values whose name or look is a secret's. A body that is
neither JSON nor a form cannot be redacted, so its request is not kept.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from strangler.recording import RequestBody
from strangler.shadow_record import LOOKS_SECRET, SECRET, SECRET_PARAMETERS

MOST_BYTES = 64 * 1024 * 1024  # of the file
WAITING = 100  # entries that wait for the disk; more are dropped
MASK = "redacted"
NOT_KEPT = frozenset({"cookie", "authorization", "proxy-authorization", "forwarded"})
FORM = "application/x-www-form-urlencoded"

log = logging.getLogger(__name__)


def recording_to(file: Path, *, percent: float = 100, most_bytes: int = MOST_BYTES) -> Callable[[ASGIApp], ASGIApp]:
    """Middleware for `Gateway(around=…)` that records a share of the requests; it stops when the file has so many bytes."""
    return lambda app: Recorder(app, file, percent, most_bytes)


class Recorder:
    """ASGI middleware around both lanes."""

    def __init__(self, app: ASGIApp, file: Path, percent: float = 100, most_bytes: int = MOST_BYTES) -> None:
        self.app = app
        self.file = file
        self.percent = percent
        self.most_bytes = most_bytes
        self._disk = ThreadPoolExecutor(1, "recorder")
        self._waiting = 0
        self._full = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._full or random.random() * 100 >= self.percent:  # noqa: S311 - a share, no secret
            await self.app(scope, receive, send)
            return
        body, answered, began = RequestBody(scope), dict[str, Any](), datetime.now(UTC)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.update(status=message["status"], headers=list(message.get("headers", ())))
            await send(message)

        asked = dict(scope)  # as it came: lanes write into it
        await self.app(scope, body.receiving(receive), sent)
        if answered and body.whole and self._waiting < WAITING and (entry := entry_of(asked, b"".join(body.parts), answered, began)):
            self._waiting += 1
            written = asyncio.get_running_loop().run_in_executor(self._disk, self._write, entry)
            written.add_done_callback(self._written)

    def _write(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry).encode() + b"\n"
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size + len(line) > self.most_bytes:
                self._full = True
                log.warning("recorder: %s is full, nothing more is recorded", self.file)
                return
            os.write(descriptor, line)  # at once, so that lines of other workers stand before it or behind it
        finally:
            os.close(descriptor)

    def _written(self, written: asyncio.Future[None]) -> None:
        self._waiting -= 1
        if not written.cancelled() and (error := written.exception()) is not None and not self._full:
            self._full = True
            log.error("recorder: %s cannot be written, nothing more is recorded: %s", self.file, error)


def entry_of(scope: Scope, body: bytes, answered: dict[str, Any], began: datetime) -> dict[str, Any] | None:
    """An exchange as an entry of a HAR, redacted; None where its body cannot be."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    kind = next((value.partition(";")[0].strip().lower() for name, value in headers if name == "content-type"), "")
    request: dict[str, Any] = {
        "method": scope["method"],
        "url": f"http://recorded{_url(scope)}",
        "httpVersion": f"HTTP/{scope['http_version']}",
        "headers": [{"name": name, "value": _masked(name, value)} for name, value in headers if _is_kept(name)],
    }
    if body:
        text = _body(kind, body)
        if text is None:
            return None
        request["postData"] = {"mimeType": kind, "text": text}
    received = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answered["headers"]]
    response = {
        "status": answered["status"],
        "headers": [{"name": name, "value": value} for name, value in received if name == "content-type"],
        "content": {"size": 0, "comment": "not kept"},
    }
    return {"startedDateTime": began.isoformat(), "request": request, "response": response}


def har_of(lines: str) -> str:
    """A HAR of what workers have recorded; a line that was cut is left out."""
    entries = []
    for line in lines.splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            log.warning("recorder: a line that is no entry is left out")
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "strangler", "version": "1"}, "entries": entries}})


def _is_kept(name: str) -> bool:
    return name not in NOT_KEPT and not SECRET.search(name) and not name.startswith("x-forwarded-")


def _url(scope: Scope) -> str:
    path = LOOKS_SECRET.sub(MASK, scope["path"])
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    shown = [(name, _masked(name, value)) for name, value in pairs]
    return quote(path, safe="/:@!$&'()*+,;=~") + (f"?{urlencode(shown)}" if shown else "")


def _masked(name: str, value: str) -> str:
    return MASK if name in SECRET_PARAMETERS or SECRET.search(name) else LOOKS_SECRET.sub(MASK, value)


def _body(kind: str, body: bytes) -> str | None:
    try:
        if kind == FORM:
            return urlencode([(name, _masked(name, value)) for name, value in parse_qsl(body.decode(), keep_blank_values=True)])
        if kind == "application/json" or kind.endswith("+json"):
            return json.dumps(_redacted("", json.loads(body)))
    except (ValueError, RecursionError):
        return None
    return None


def _redacted(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _redacted(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_redacted(name, each) for each in value]
    if isinstance(value, str):
        return _masked(name, value)
    return MASK if value is not None and not isinstance(value, bool) and SECRET.search(name) else value
