"""The console as an ASGI application: `fastapi_app.mount("/migration", Console(operator))`, then open `/migration/`.

It is denied to everybody until the host application says who may use it, and takes writes from its own pages only.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from strangler.console import actions
from strangler.console.actions import Asked, AskedCanary, AskedCutover, reach
from strangler.console.errors import BadRequest, ConsoleError, Forbidden, Unknown
from strangler.console.snapshot import LATEST, journal, snapshot
from strangler.environ import below_root
from strangler.gateway import GATEWAY, Gateway

MOST = 16 * 1024  # bytes of a body
OPENED = 8  # blueprints whose details one answer holds
PAGE = "console.html"
SCRIPTS = tuple(f"{name}.js" for name in ("console", "dom", "format", "charts", "rows", "detail", "journal", "dialog"))
FILES = {PAGE: "text/html; charset=utf-8", "console.css": "text/css; charset=utf-8"} | dict.fromkeys(
    SCRIPTS, "text/javascript; charset=utf-8"
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

log = logging.getLogger(__name__)
A = TypeVar("A", bound=Asked)
Operator = Callable[[Request], Awaitable[str | None]]


async def nobody(request: Request) -> str | None:
    """The operator where the host application names none."""
    return None


class Console:
    """Page, state and actions of the gateway in front of it."""

    def __init__(self, operator: Operator = nobody, *, parity: Path | None = None, commands: Mapping[str, str] | None = None) -> None:
        """
        Args:
            operator: the name of whoever sends a request, for the journal; None where they may not use the console. What it raises is the
                host application's to answer.
            parity: the parity suite's record.
            commands: what to type to change the registry itself, by `canary`, `cutover` and `rollback`, with `{name}` and `{percent}`.
        """
        self.operator = operator
        self.parity = parity
        self.commands = dict(commands or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("the console speaks HTTP only")
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ConsoleError as error:
            response = _refusal(error)
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["referrer-policy"] = "same-origin"
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        who = await self.operator(request)
        if who is None:
            raise Forbidden("you may not use the console")
        path = below_root(request.scope["path"], request.scope.get("root_path", "")).strip("/")
        gateway: Gateway | None = request.scope.get(GATEWAY)
        if gateway is None:
            raise Unknown("there is no gateway in front of this application")
        if request.method in ("GET", "HEAD"):
            return await self._shown(request, gateway, path, who)
        if request.method == "POST":
            _refuse_other_sites(request)
            return _ok({"changed": await self._done(request, gateway, path, who)})
        raise Unknown(f"nothing answers {request.method} here")

    async def _shown(self, request: Request, gateway: Gateway, path: str, who: str) -> Response:
        if path == "state":
            opened = request.query_params.get("open", "").split(",")[:OPENED]
            return _ok({"who": who, "commands": self.commands, **await snapshot(gateway, self.parity, opened)})
        if path == "journal":
            return _ok(await reach(journal(gateway, request.query_params.get("blueprint"), LATEST)))
        return _file(request, path or PAGE)

    async def _done(self, request: Request, gateway: Gateway, path: str, who: str) -> list[str]:
        if path == "canary":
            return await actions.canary(gateway, await _body(request, AskedCanary), who)
        if path == "cutover":
            return await actions.cut_over(gateway, await _body(request, AskedCutover), who, self.parity)
        if path == "rollback":
            return await actions.roll_back(gateway, await _body(request, Asked), who)
        if path == "lift":
            return await actions.lift(gateway, await _body(request, Asked), who)
        raise Unknown(f"the console cannot {path or 'do that'}")


async def _body(request: Request, model: type[A]) -> A:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadRequest("expected JSON")
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > MOST:
            raise BadRequest(f"expected at most {MOST} bytes")
    try:
        return model.model_validate_json(bytes(received))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadRequest(f"{where}: {first['msg']}" if where else first["msg"]) from None


def _refuse_other_sites(request: Request) -> None:
    """A browser that sends a write says from which site's page: ours, or it is refused. What is no browser says nothing."""
    headers = request.headers
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden("the console takes writes from its own pages only")
    if origin is not None and _authority(origin) != _authority(f"//{headers.get('host', '')}"):
        raise Forbidden("the console takes writes from its own pages only")


def _authority(url: str) -> tuple[str | None, int | None]:
    """Host and port; a scheme's default port is none, because the host header leaves it out."""
    try:
        parts = urlsplit(url)
        return parts.hostname, None if parts.port in (80, 443) else parts.port
    except ValueError:
        return None, -1


@cache
def _read(name: str) -> tuple[bytes, str]:
    content = (files(__package__) / "static" / name).read_bytes()
    return content, f'"{sha256(content).hexdigest()[:16]}"'


def _file(request: Request, name: str) -> Response:
    if name not in FILES:
        raise Unknown(f"the console has no {name}")
    content, tag = _read(name)
    headers = {"etag": tag, "cache-control": "no-cache"}
    if name == PAGE:
        headers["content-security-policy"] = POLICY
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=FILES[name], headers=headers)


def _ok(response: BaseModel | object) -> Response:
    return JSONResponse({"status": "ok", "response": response}, headers={"cache-control": "no-store"})


def _refusal(error: ConsoleError) -> Response:
    trace_id = str(uuid.uuid4())
    log.info("console [TraceId: %s]: %s: %s", trace_id, type(error).__name__, error)
    told = {"trace_id": trace_id, "exception": type(error).__name__, "message": "; ".join(map(str, error.args)), "arguments": error.args}
    return JSONResponse({"status": "error", "response": told}, error.status, {"cache-control": "no-store"})
