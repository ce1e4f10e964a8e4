"""Traces by OpenTelemetry: a server span around each request on either lane, a client span around each of its statements.

Imported only where `argus.web.telemetry` says that traces are wanted. Names are those of the semantic conventions for HTTP and databases
(stable since 1.23 and 1.33); docs/operations.md lists them.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Token
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import context, propagate, trace
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import argus
from argus.storage.engine import Engine, Page, Wrapped
from argus.storage.statements import Batch, Outcome, Select, Write
from argus.storage.table import Row
from argus.web.requests import SERVED
from strangler.gateway import LANE, MATCH
from strangler.observation import OBSERVED, Observation
from strangler.table import Match

SCOPE = "argus"
FLUSH = 5.0  # seconds that the end of a process waits for what was not sent yet
METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
PORTS = {"http": 80, "https": 443}
TABLE = b"x-argus-table"

log = logging.getLogger("argus.tracing")


class Tracing:
    """Makes the spans of a process, and sends them in batches from a thread of its own. Until `start` none are made."""

    def __init__(self) -> None:
        self.tracer: trace.Tracer = trace.NoOpTracer()
        self._lock = threading.Lock()
        self._pid = 0
        self._provider: TracerProvider | None = None
        self._exporter: SpanExporter | None = None

    def start(self) -> None:
        """In the process that serves, for the thread that sends survives no fork; more often does no harm.

        Where somebody has set a provider for the whole process (as `opentelemetry-instrument` does), spans go there.
        """
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid == os.getpid():
                return
            given = trace.get_tracer_provider()
            try:
                self.tracer = (given if isinstance(given, TracerProvider) else self._own()).get_tracer(SCOPE, argus.__version__)
            except ValueError as wrong:
                log.error("no traces: %s", wrong)
            self._pid = os.getpid()

    def _own(self) -> TracerProvider:
        ours = {"service.name": "argus", "service.version": argus.__version__, **OTELResourceDetector().detect().attributes}
        self._exporter = exporter_of(os.environ)
        self._provider = TracerProvider(resource=Resource.create(ours), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        atexit.register(self.close)
        return self._provider

    def flush(self) -> None:
        """Send what has ended, and wait for it."""
        if self._provider is not None:
            self._provider.force_flush()

    def close(self) -> None:
        """Send what is left, for `FLUSH` seconds at most, then give it up. Blocks."""
        provider, self._provider, self._pid, self.tracer = self._provider, None, 0, trace.NoOpTracer()
        if provider is None or self._exporter is None:
            return
        atexit.unregister(self.close)
        ending = threading.Thread(target=provider.shutdown, name="tracing-end", daemon=True)
        ending.start()
        ending.join(FLUSH)
        if ending.is_alive():
            log.warning("spans are left that nobody took within %s s", FLUSH)
            self._exporter.shutdown()

    def request(self, method: str, path: str, scheme: str, client: str | None, headers: Mapping[str, str]) -> RequestSpan:
        """The span of a request that begins now. Names of headers are in lower case, those that come several times are joined by commas."""
        return RequestSpan(self.tracer, method, path, scheme, client, headers)

    def around(self, app: ASGIApp) -> ASGIApp:
        """A server span around each request of the gateway, whose `argus.web.requests.Requests` stands outside."""
        return Traced(app, self)

    def engine(self, engine: Engine, system: str) -> Engine:
        """A client span around each statement that a traced request executes."""
        return TracedEngine(engine, self, system)


def exporter_of(environ: Mapping[str, str]) -> SpanExporter:
    """The exporter that the environment names.

    Raises:
        ValueError: it names one that is not here.
    """
    name = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"
    if name == "console":
        return ConsoleSpanExporter()
    protocol = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "http/protobuf"
    if name != "otlp" or protocol != "http/protobuf":
        raise ValueError(f"OTEL_TRACES_EXPORTER={name} over {protocol} is not offered: otlp over http/protobuf, console or none")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


class RequestSpan:
    """The server span of one request; current in the context that made it, and in those copied from it, until it ends."""

    def __init__(self, tracer: trace.Tracer, method: str, path: str, scheme: str, client: str | None, headers: Mapping[str, str]) -> None:
        parent = propagate.extract(headers)
        known = method in METHODS
        self._method = method if known else "HTTP"
        told = {
            "http.request.method": method if known else "_OTHER",
            "http.request.method_original": None if known else method,
            "url.path": path,
            "url.scheme": scheme,
            "client.address": client,
            "user_agent.original": headers.get("user-agent"),
            **_server(headers.get("host", ""), scheme),
        }
        self.span = tracer.start_span(self._method, parent, SpanKind.SERVER, _known(told))
        self._token: Token[context.Context] = context.attach(trace.set_span_in_context(self.span, parent))

    @property
    def trace_id(self) -> str | None:
        """Of the trace that the request belongs to, 32 hexadecimal digits."""
        found = self.span.get_span_context()
        return trace.format_trace_id(found.trace_id) if found.is_valid else None

    def end(
        self, request_id: str, match: Match | None, lane: str | None, table: str | None, status: int | None, failure: str | None
    ) -> None:
        """Say what became of the request, and what failed. Messages of errors stay in the log, where secrets are taken out."""
        context.detach(self._token)
        span = self.span
        if span.is_recording():
            target = match.target if match else None
            told = {
                "argus.request_id": request_id,
                "argus.lane": lane,
                "argus.table": table,
                "http.response.status_code": status,
                "http.route": target.template if target else None,
                "argus.blueprint": target.blueprint if target else None,
            }
            span.set_attributes(_known(told))
            if target:
                span.update_name(f"{self._method} {target.template}")
            if failure is not None or (status or 0) >= 500:
                span.set_attribute("error.type", failure if failure is not None else str(status))
                span.set_status(StatusCode.ERROR)
        span.end()


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


def _server(host: str, scheme: str) -> dict[str, Any]:
    """Whom the caller wanted to reach, by its `Host`."""
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port or PORTS.get(scheme)
    except ValueError:
        return {}
    return {"server.address": name, "server.port": port} if name else {}


class Traced:
    """ASGI middleware around the gateway: see `RequestSpan`."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self.app = app
        self.tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        served, client = scope[SERVED], scope.get("client")
        headers = _joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        span = self.tracing.request(scope["method"], scope["path"], scope["scheme"], client[0] if client else None, headers)
        served.trace_id = span.trace_id
        status: int | None = None
        table: str | None = None
        failure: str | None = None

        def sending(message: Message) -> Any:
            nonlocal status, table
            if message["type"] == "http.response.start":
                status = message["status"]
                table = next((value.decode() for name, value in message["headers"] if name == TABLE), None)
            return send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            failure = type(error).__qualname__
            raise
        finally:
            observed: Observation | None = scope.get(OBSERVED)
            if observed is not None and observed.failed:
                failure = failure or observed.failure
            span.end(served.id, scope.get(MATCH), scope.get(LANE), table, status, failure)


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by name; those that come several times are one list (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


class TracedEngine(Wrapped):
    """An engine whose statements are spans of the request that executes them. Work of nobody's request, and what goes on after an answer,
    makes none."""

    def __init__(self, engine: Engine, tracing: Tracing, system: str) -> None:
        super().__init__(engine)
        self._tracing = tracing
        self._system = system

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        if not trace.get_current_span().is_recording():
            return await self._engine.read(statement, size, start)
        with self._spanned("SELECT", [statement.model]):
            return await self._engine.read(statement, size, start)

    async def write(self, statement: Write | Batch) -> Outcome:
        if not trace.get_current_span().is_recording():
            return await self._engine.write(statement)
        writes = statement.writes if isinstance(statement, Batch) else (statement,)
        operation = "BATCH" if isinstance(statement, Batch) else type(statement).__name__.upper()
        with self._spanned(operation, [write.model for write in writes]):
            return await self._engine.write(statement)

    @contextmanager
    def _spanned(self, operation: str, models: Sequence[type[Row]]) -> Iterator[None]:
        tables = ", ".join(sorted({model.__table__.name for model in models}))
        attributes: dict[str, Any] = {"db.system.name": self._system, "db.operation.name": operation, "db.collection.name": tables}
        if operation == "BATCH":
            attributes["db.operation.batch.size"] = len(models)
        summary = f"{operation} {tables}"
        with self._tracing.tracer.start_as_current_span(
            summary, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(StatusCode.ERROR)
                raise
