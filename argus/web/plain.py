"""The Flask application without the gateway, under a plain WSGI server: the same request ids, logs and metrics around it."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from werkzeug.wsgi import ClosingIterator

from argus.auth.identity import USER
from argus.kit import logs
from argus.web import labels
from argus.web.extensions import lane_unavailable
from argus.web.metrics import count, told
from argus.web.protection import missing
from argus.web.requests import Served, request_id
from argus.web.telemetry import tracing
from strangler.gateway import Gateway
from strangler.hosts import Asked
from strangler.observation import failure_of
from strangler.table import Match
from strangler.wsgi_job import WsgiApp

if TYPE_CHECKING:
    from argus.web.tracing import RequestSpan, Tracing

_NAMES = {f"HTTP_{name.upper().replace('-', '_')}": name.encode() for name in labels.HEADERS}


def plain(gateway: Gateway) -> WsgiApp:
    """The gateway's Flask application, watched as the gateway watches it; routes are named by the same table.

    Raises:
        ValueError: Flask is gone.
    """
    app = gateway.flask_app
    side = gateway.side
    if app is None or side is None:
        raise ValueError(
            "FLASK is off: there is no Flask application that could be served alone. Set FLASK: on, or serve argus_backend:app"
        )
    traces = tracing()

    def watched(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_UPGRADE", None)  # an offer that WSGI cannot take
        method, path = environ["REQUEST_METHOD"], _decoded(environ.get("PATH_INFO", ""))
        served = Served(request_id(path, environ.get("HTTP_X_REQUEST_ID"), environ.get("HTTP_X_CORRELATION_ID")))
        table = gateway.table
        match = table.lookup(method, path)
        serve = _unavailable(served.id) if match is not None and not side.serves(Asked(method, path)) else app
        span = _span(traces, environ, served, method, path) if traces else None
        told = {
            "request_id": served.id,
            "remote_addr": environ.get("REMOTE_ADDR", ""),
            "method": method,
            "path": path,
            "endpoint": match.target.endpoint if match else "",
            "lane": "flask",
            **served.trace,
        }
        token = logs.serve(lambda: told)
        status = 500

        def start(line: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            nonlocal status
            status = int(line[:3])
            return start_response(
                line, [*headers, *missing(headers), ("X-Request-Id", served.id), ("Server-Timing", served.timing)], *error
            )

        def ended() -> None:
            logs.served(token)
            failure = failure_of(environ)
            if span:
                span.end(served.id, match, "flask", table.hash, status, failure)
            _count(match, environ, method, status, failure is not None, perf_counter() - served.came)

        try:
            return ClosingIterator(serve(environ, start), ended)
        except BaseException:
            ended()
            raise

    return watched


def _unavailable(request_id: str) -> WsgiApp:
    """What only FastAPI serves is said to be away for now, and not to be unknown."""
    answer = lane_unavailable(request_id)

    def refuse(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        own = [("Content-Type", answer.media_type or ""), ("Content-Length", str(len(answer.body)))]
        start_response("503 SERVICE UNAVAILABLE", [*own, *answer.headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    return refuse


def _count(match: Match | None, environ: dict[str, Any], method: str, status: int, failed: bool, seconds: float) -> None:
    known = environ.get(USER) is not None
    headers = told([(name, environ[key].encode("latin-1")) for key, name in _NAMES.items() if key in environ], known)
    count(match, "flask", method, status, failed, seconds, environ.get("REMOTE_ADDR", "None"), headers, known)


def _span(traces: Tracing, environ: dict[str, Any], served: Served, method: str, path: str) -> RequestSpan:
    traces.start()
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    span = traces.request(method, path, environ["wsgi.url_scheme"], environ.get("REMOTE_ADDR"), headers)
    served.trace_id = span.trace_id
    return span


def _decoded(path: str) -> str:
    """PATH_INFO as the table knows it (PEP 3333 hands bytes over as latin-1)."""
    return path.encode("latin-1").decode("utf-8", "replace")
