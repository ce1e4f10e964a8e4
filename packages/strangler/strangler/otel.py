"""Traces of both lanes for OpenTelemetry (`strangler-fig[otel]`): `Gateway(…, around=traced)`.

A request gets a span of the server, or, where an instrumentation has begun one already, that one is told what the gateway knows. Views of
Flask run in its context, so that their spans are below it. A request that is played on the other lane afterwards has no span of its own.
"""

from __future__ import annotations

from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.types import ASGIApp, Receive, Scope, Send

from strangler.observation import OBSERVED, Observation
from strangler.target import LANE, MATCH, Match

NAME = "strangler"


def traced(app: ASGIApp) -> ASGIApp:
    """ASGI middleware that tells spans route, blueprint, lane, status and failure. The SDK is set up as for any application."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        span = trace.get_current_span()
        if span.is_recording():
            await _told(span, app, scope, receive, send)
            return
        carried = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        tracer = trace.get_tracer(NAME)
        with tracer.start_as_current_span(scope["method"], propagate.extract(carried), SpanKind.SERVER) as made:
            made.set_attributes({"http.request.method": scope["method"], "url.path": scope["path"], "url.scheme": scope["scheme"]})
            await _told(made, app, scope, receive, send)

    return serve


async def _told(span: Span, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await app(scope, receive, send)
    finally:
        span.set_attributes(_known(scope))
        match: Match | None = scope.get(MATCH)
        if match is not None:
            span.update_name(f"{match.target.method} {match.target.template}")
        observed: Observation | None = scope.get(OBSERVED)
        if observed is not None and observed.failed:
            span.set_status(StatusCode.ERROR, observed.failure)


def _known(scope: Scope) -> dict[str, Any]:
    match: Match | None = scope.get(MATCH)
    observed: Observation | None = scope.get(OBSERVED)
    known = {
        "http.route": match.target.template if match is not None else None,
        "strangler.lane": scope.get(LANE),
        "strangler.blueprint": match.target.blueprint if match is not None else None,
        "http.response.status_code": observed.status if observed is not None else None,
        "error.type": observed.failure if observed is not None and observed.failed else None,
    }
    return {name: value for name, value in known.items() if value is not None}
