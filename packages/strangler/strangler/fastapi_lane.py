"""The FastAPI lane: the gateway's match is handed to FastAPI, which then scans nothing.

One public `BaseRoute` stands first in the application's own list of routes. Where the gateway has matched, it calls the endpoint's route
context, as FastAPI itself would after its scan: middleware, dependencies, overrides, exception handlers and OpenAPI hold. Where it has
not (WebSockets, mounts, `/docs`), and where something between gateway and router has changed the request, it steps aside and FastAPI
scans as usual.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import fastapi
from fastapi import FastAPI
from fastapi.exception_handlers import http_exception_handler

try:
    from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
except ImportError as error:
    raise ImportError(f"strangler-fig works with FastAPI 0.145 to 0.169, and this is {fastapi.__version__}") from error
from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, NoMatchFound, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from strangler.registry import SOCKET
from strangler.rules import Shape, convertors_of_path, shape_of_path, text_variables

HANDOFF = "gateway.handoff"
TELEMETRY = "fastapi.telemetry"
"""Where FastAPI keeps what it collects about a request; None where it shall collect nothing."""
PathFor = Callable[[str, dict[str, Any]], URLPath]
_template: ContextVar[str | None] = ContextVar("gateway_template", default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """An operation of the FastAPI application, with everything that its own scan would have put into the scope."""

    path: str
    methods: frozenset[str]
    name: str
    shape: Shape
    convertors: dict[str, str]
    texts: tuple[str, ...]
    call: Callable[..., Any]
    route: BaseRoute
    app: ASGIApp | None
    """What runs the endpoint; None where the route does more than that itself, so that FastAPI scans for it."""


class Handoff:
    """What the gateway has decided about one request; it holds as long as method and path are those that were matched."""

    __slots__ = ("answer", "endpoint", "method", "params", "path")

    def __init__(self, method: str, path: str, endpoint: Endpoint | None, params: dict[str, Any], answer: ASGIApp | None = None) -> None:
        self.method = method
        self.path = path
        self.endpoint = endpoint
        self.params = params
        self.answer = answer


class MatchedRoute(BaseRoute):
    """The first route of the application: it serves what the gateway has matched, and knows the URLs of both lanes."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.elsewhere: PathFor | None = None
        """Says where names lead to that FastAPI does not have."""

    @property
    def path_format(self) -> str | None:
        """The template under which FastAPI's telemetry names the request."""
        return _template.get()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        handoff: Handoff | None = scope.get(HANDOFF)
        if handoff is None or handoff.path != scope["path"] or handoff.method != scope.get("method"):
            return Match.NONE, {}
        endpoint = handoff.endpoint
        if endpoint is None:
            return Match.FULL, {}
        if scope.get(TELEMETRY) is not None:
            _template.set(endpoint.path)
        return Match.FULL, {"endpoint": endpoint.call, "path_params": handoff.params, "route": endpoint.route}

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override]
        handoff: Handoff = scope.pop(HANDOFF)
        app = handoff.answer if handoff.endpoint is None else handoff.endpoint.app
        assert app is not None
        return app(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Where a name leads to. FastAPI's own come first."""
        for route in self._app.router.routes:
            if route is not self:
                with suppress(NoMatchFound):
                    return route.url_path_for(name, **path_params)
        if self.elsewhere is None:
            raise NoMatchFound(name, path_params)
        return self.elsewhere(name, path_params)


def install(app: FastAPI, elsewhere: PathFor) -> None:
    """Put the matched route in front of the application's list, once."""
    first = next((route for route in app.router.routes if isinstance(route, MatchedRoute)), None)
    if first is None:
        first = MatchedRoute(app)
        app.router.routes.insert(0, first)
    first.elsewhere = elsewhere


def hand_over(endpoint: Endpoint | None, params: dict[str, Any], scope: Scope, telemetry: Telemetry) -> None:
    """Let FastAPI serve a request by an endpoint, without a scan of its own, nor a look for who wants its telemetry."""
    if endpoint is None or endpoint.app is None:
        return  # FastAPI scans for it: a mount, or a route that does more than its endpoint
    for name in endpoint.texts:
        if not isinstance(params[name], str):
            params = {**params, name: str(params[name])}
    scope[HANDOFF] = Handoff(scope["method"], scope["path"], endpoint, params)
    if not telemetry.is_collected:
        scope.setdefault(TELEMETRY, None)


class Telemetry:
    """Whether somebody collects FastAPI's own telemetry.

    FastAPI finds that out for each request anew, for half the time that the gateway itself takes. Here it is asked now and then, and a
    request of an application of which nobody collects anything says so itself, as FastAPI has it for those that `exclude` leaves out.
    """

    def __init__(self, app: FastAPI) -> None:
        self._native: Any = getattr(app, "_native_telemetry", None)  # which older versions do not have
        self.is_collected = True
        self.look()

    def look(self) -> None:
        """Ask; a provider may have been set since."""
        self.is_collected = self._native is None or self._native.enabled()


def endpoints(app: FastAPI) -> Iterator[Endpoint]:
    """Every operation of the application, those of included routers under their full path."""
    limited = _has_form_limits(app.router.routes)
    for context in iter_route_contexts(app.router.routes):
        route = context.original_route
        if not isinstance(route, APIRoute | WebSocketRoute) or context.path is None:
            continue
        plain = type(route).handle is APIRoute.handle and type(route).matches is APIRoute.matches
        yield Endpoint(
            path=context.path,
            methods=frozenset({SOCKET} if isinstance(route, WebSocketRoute) else context.methods or ()),
            name=context.name or "",
            shape=shape_of_path(context.path),
            convertors=convertors_of_path(context.path),
            texts=text_variables(context.path),
            call=route.endpoint,
            route=route,
            app=context.app if plain and not limited else None,
        )


def scanned(app: FastAPI) -> list[RouteContext]:
    """What FastAPI finds by itself: mounts, `/docs` and other plain routes."""
    return [
        context
        for context in iter_route_contexts(app.router.routes)
        if not isinstance(context.original_route, APIRoute | MatchedRoute) and hasattr(context, "matches")
    ]


def finds(contexts: list[RouteContext], scope: Scope) -> bool:
    """Whether FastAPI's own scan would find the request among `contexts`."""
    return any(_effective_matches(context, scope) for context in contexts)


def covers(contexts: list[RouteContext], rule: str) -> bool:
    """Whether a mount among `contexts` holds the paths of a Flask rule such as `/static/<path:filename>`."""
    return any(
        getattr(context, "routes", None) is not None and context.path and rule.startswith(f"{context.path}/") for context in contexts
    )


def _effective_matches(context: RouteContext, scope: Scope) -> bool:
    match, _ = context.matches(scope)
    return match is Match.FULL


def _has_form_limits(routes: list[BaseRoute]) -> bool:
    """Routers that were included with limits for forms apply them while they scan, so nothing may be handed past them."""
    for route in routes:
        include = getattr(route, "include_context", None)
        if include is None:
            continue
        router = getattr(route, "original_router", None)
        if getattr(include, "form_limits", None) or _has_form_limits(getattr(router, "routes", [])):
            return True
    return False


def has_own_error_page(app: FastAPI, status: int) -> bool:
    """Whether the application registered a handler that answers `status` in its own way."""
    handler = app.exception_handlers.get(status) or app.exception_handlers.get(HTTPException)
    return handler is not None and handler is not http_exception_handler
