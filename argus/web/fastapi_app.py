"""The FastAPI application: every router, one session cookie, one answer to errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import unquote_plus

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import argus
from argus.auth.session import Session, SessionCodec, clear_cookie, cookie_in, set_cookie
from argus.jobs.scheduler import Jobs
from argus.kit.answer import error_page
from argus.kit.settings import Settings
from argus.lanes.failure import answer_error, is_api, is_ours, way_back
from argus.lanes.fastapi import WHOLE_QUERY, send, whole_query
from argus.lanes.prepared import prepare
from argus.platform import errors
from argus.platform.request_ids import request_id
from argus.platform.route import ExtensionRoute
from argus.platform.waking import Waking
from argus.runtime import Runtime
from argus.web.api_docs.serving import serve_document
from argus.web.deadlines import Deadlines
from argus.web.features import routers
from argus.web.public_files import public_file
from strangler.observation import failed

OpenRuntime = Callable[[], Awaitable[Runtime]]


class Sessions:
    """ASGI middleware: the session of a request, loaded from its cookie when first touched, written back when changed."""

    def __init__(self, app: ASGIApp, codec: SessionCodec, secure: bool) -> None:
        self.app = app
        self.codec = codec
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            scope["argus.session"] = self.codec.load(session_cookie(scope))
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        session = scope["argus.session"] = self.codec.load(session_cookie(scope))

        def send_with_cookie(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and (session.touched or session.modified):
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Cookie")
                if session.modified:
                    value = set_cookie(self.codec.dump(session), self.secure) if len(session) else clear_cookie(self.secure)
                    headers.append("set-cookie", value)
                    headers.setdefault("cache-control", "no-store")
            return send(message)

        await self.app(scope, receive, send_with_cookie)


def session_cookie(scope: Scope) -> str | None:
    """The value of the session cookie. HTTP/2 may send cookies in several headers."""
    return cookie_in(";".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"))


LISTS = frozenset({"severity"})  # parameters that may be repeated without saying so in their name


class FirstValues:
    """ASGI middleware: of a query parameter that comes several times the first one counts, as in Flask; lists stay whole.

    What is relayed gets the query as it came.
    """

    def __init__(self, app: ASGIApp, untouched: str) -> None:
        self.app = app
        self.untouched = untouched

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and b"&" in scope["query_string"] and not scope["path"].startswith(self.untouched):
            scope[WHOLE_QUERY] = scope["query_string"]
            scope["query_string"] = _first_values(scope["query_string"])
        return self.app(scope, receive, send)


def _first_values(query: bytes) -> bytes:
    kept: list[bytes] = []
    seen: set[str] = set()
    for part in query.split(b"&"):
        name = unquote_plus(part.split(b"=", 1)[0].decode("latin-1"))
        if name not in seen or name.endswith("[]") or name in LISTS:
            kept.append(part)
        seen.add(name)
    return b"&".join(kept)


class Failures:
    """ASGI middleware: what a route raises becomes the contract's answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send_message: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send_message)
            return
        started = False

        def watched(message: Message) -> Awaitable[None]:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            return send_message(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            raise  # nobody is there to be answered
        except Exception as error:
            if started:
                raise
            if is_ours(error) and not isinstance(error, HTTPException):
                failed(scope, type(error).__name__)
            if isinstance(scope.get("route"), ExtensionRoute):
                await send(errors.answer(error, request_id()))(scope, receive, send_message)
                return
            path = "/" + scope["path"].lstrip("/")  # routes are found below any number of slashes
            query = whole_query(scope)
            full_path = path + (f"?{query}" if query else "")
            session: Session = scope["argus.session"]
            answer = answer_error(error, path, way_back(scope["method"], full_path), session, Headers(scope=scope).items())
            await send(answer)(scope, receive, send_message)


async def _http_error(request: Request, error: Exception) -> Response:
    """Statuses that the framework itself raises: no such path, a wrong method, a body too large."""
    assert isinstance(error, HTTPException)
    if is_api(request.url.path) and error.status_code not in (404, 405):
        raise error
    response = send(error_page(error.status_code, error.detail if error.status_code not in (404, 405) else ""))
    if error.status_code == 405 and error.headers:
        response.headers["allow"] = ", ".join(sorted(error.headers["Allow"].split(", ")))
    return response


def create_fastapi_app(
    settings: Settings, open_runtime: OpenRuntime, close_runtime: Callable[[], Awaitable[None]], codec: SessionCodec
) -> FastAPI:
    """Every router over one runtime, which opens when the server starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = app.state.runtime = await open_runtime()
        jobs = Jobs(runtime) if settings.JOBS_ENABLED else None
        if jobs:
            jobs.start()
        queue = Waking(runtime)
        await queue.start()
        yield
        await queue.stop()
        if jobs:
            await jobs.stop()
        await close_runtime()

    app = FastAPI(
        title="Argus",
        version=argus.__version__,
        description="Runs of long test pipelines: what ran, what failed, who looks at it.",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # FastAPI's own pages take their scripts from somebody else's server
        redoc_url=None,
        openapi_url="/openapi.json",
        # Both lanes are traced and counted around the gateway, and log as one: FastAPI need not ask for each request who else wants that.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(FirstValues, untouched="/api/v1/zeus/")
    app.add_middleware(Deadlines, seconds=settings.REQUEST_DEADLINE)
    app.add_middleware(Failures)
    app.add_middleware(Sessions, codec=codec, secure=settings.SESSION_COOKIE_SECURE)
    for router in routers():
        for route in router.routes:
            if isinstance(route, APIRoute):
                prepare(route)
        app.router.routes.extend(router.routes)  # to include them would build each anew, for prefixes and defaults that there are none of
    serve_document(app, settings)
    app.add_api_route("/s/{filename:path}", public_file(settings.PUBLIC_DIR), methods=["GET"], include_in_schema=False)
    return app
