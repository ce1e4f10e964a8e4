"""Each request is one span around the gateway, with its statements below it, whichever lane serves it; nothing is traced unasked."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from werkzeug.test import Client

from argus.kit.logs import formatter
from argus.web import telemetry
from argus.web import tracing as tracings
from argus.web.app import create_gateway
from argus.web.plain import plain
from strangler import portal
from strangler.registry import Lane
from tests.serving import ROOT, Server, serving, settings_for

pytestmark = pytest.mark.anyio
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
UNSAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-00"}


class Collected(InMemorySpanExporter):
    """What was exported, as soon as it is asked for."""

    def of(self, kind: SpanKind) -> list[ReadableSpan]:
        tracing = telemetry.tracing()
        assert tracing
        tracing.flush()
        return [span for span in self.get_finished_spans() if span.kind is kind]

    def server(self) -> ReadableSpan:
        (span,) = self.of(SpanKind.SERVER)
        return span


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collected]:
    """A process whose environment asks for traces."""
    collected = Collected()
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setattr(tracings, "exporter_of", lambda environ: collected)
    telemetry.tracing.cache_clear()
    yield collected
    telemetry.tracing.cache_clear()


@pytest.fixture(params=["flask", "fastapi"])
async def traced(request: pytest.FixtureRequest, asked_for: Collected, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, cast("Lane", request.param)) as running:
        asked_for.of(SpanKind.SERVER)
        asked_for.clear()
        yield running


async def test_a_request_is_a_span_that_continues_its_callers_trace(traced: Server, asked_for: Collected) -> None:
    async with traced.client() as client:
        answer = await client.get("/api/v1/user/token?x=secret", headers={**CALLER, "X-Request-Id": "r-7", "User-Agent": "curl/8"})
        assert answer.status_code == 200
    span = asked_for.server()
    assert span.name == "GET /api/v1/user/token"
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)  # type: ignore[union-attr]
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/api/v1/user/token",
        "http.response.status_code": 200,
        "url.path": "/api/v1/user/token",
        "url.scheme": "http",
        "client.address": "127.0.0.1",
        "user_agent.original": "curl/8",
        "server.address": "argus.test",
        "server.port": 80,
        "argus.request_id": "r-7",
        "argus.lane": traced.lane,
        "argus.blueprint": "users",
        "argus.table": answer.headers["x-argus-table"],
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.resource.attributes["service.name"] == "argus"


async def test_statements_are_spans_below_their_request(traced: Server, asked_for: Collected) -> None:
    async with traced.client() as client:
        await client.post("/api/v1/release/create", json={"traced": {"groups": {"g": {"tests": ["t"]}}}})
    server, statements = asked_for.server(), asked_for.of(SpanKind.CLIENT)
    assert {span.parent.span_id for span in statements if span.parent} == {server.context.span_id}
    assert len({span.context.trace_id for span in [server, *statements]}) == 1
    told = {span.name for span in statements}
    assert {"SELECT user", "INSERT argus_test_v2"} <= told
    for span in statements:
        attributes = span.attributes or {}
        assert attributes["db.system.name"] == "sqlite"
        assert span.name == " ".join(str(attributes[name]) for name in ("db.operation.name", "db.collection.name"))


async def test_the_template_names_the_span_and_what_no_route_matches_has_none(traced: Server, asked_for: Collected) -> None:
    async with traced.client() as client:
        await client.get("/api/v1/test/c396f918-590b-4c87-8f73-cf64067b4d0a/details")
        await client.get("/nothing/here")
    known, unknown = asked_for.of(SpanKind.SERVER)
    assert known.name.startswith("GET /api/v1/test/<")
    assert unknown.name == "GET"
    assert "http.route" not in (unknown.attributes or {})
    assert (unknown.attributes or {})["http.response.status_code"] == 404


async def test_an_unexpected_error_marks_its_span_and_tells_no_message(
    traced: Server, asked_for: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("the password is x")

    monkeypatch.setattr("argus.features.tracker.health.service.alive", broken)
    async with traced.client(None) as client:
        assert (await client.get("/healthz")).status_code == 500
    span = asked_for.server()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "RuntimeError"
    assert "password" not in span.to_json()


async def test_two_requests_at_once_keep_their_statements_apart(traced: Server, asked_for: Collected) -> None:
    async with traced.client() as alice, traced.client("bob") as bob:
        await asyncio.gather(*(client.get("/api/v1/releases") for client in (alice, bob) for _ in range(5)))
    servers = {span.context.span_id: span.context.trace_id for span in asked_for.of(SpanKind.SERVER)}
    assert len(set(servers.values())) == 10
    below = [(span.parent.span_id, span.context.trace_id) for span in asked_for.of(SpanKind.CLIENT) if span.parent]
    assert {parent for parent, _ in below} == set(servers)
    assert all(servers[parent] == trace for parent, trace in below)


async def test_records_of_the_log_bear_the_trace(traced: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, Any]] = []

    async def telling(*_: Any) -> None:
        record = logging.LogRecord("argus.test", logging.INFO, __file__, 1, "here", None, None)
        lines.append(json.loads(formatter(terminal=False).format(record)))
        raise RuntimeError

    monkeypatch.setattr("argus.features.tracker.health.service.alive", telling)
    async with traced.client(None) as client:
        await client.get("/healthz", headers=CALLER)
    assert [line["trace_id"] for line in lines] == [TRACE]


async def test_what_the_caller_does_not_sample_is_not_exported(traced: Server, asked_for: Collected) -> None:
    async with traced.client() as client:
        assert (await client.get("/api/v1/releases", headers=UNSAMPLED)).status_code == 200
    assert asked_for.of(SpanKind.SERVER) == asked_for.of(SpanKind.CLIENT) == []


def test_plain_wsgi_is_traced_alike(asked_for: Collected, tmp_path: Path) -> None:
    own = portal.Portal()
    portal.choose(own)
    client = Client(plain(create_gateway(settings_for(tmp_path))))
    answer = client.get("/readyz", headers={**CALLER, "X-Request-Id": "proxy-1"})
    answer.close()
    own.close()
    portal.choose(None)  # type: ignore[arg-type]
    span = asked_for.server()
    attributes = span.attributes or {}
    assert (span.name, f"{span.context.trace_id:032x}") == ("GET /readyz", TRACE)
    assert (attributes["argus.lane"], attributes["argus.blueprint"], attributes["argus.request_id"]) == ("flask", "health", "proxy-1")
    assert attributes["http.response.status_code"] == answer.status_code


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A collector that speaks OTLP, and the resource spans it got."""
    taken: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.extend(ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"]))).resource_spans)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    telemetry.tracing.cache_clear()
    yield monkeypatch
    telemetry.tracing.cache_clear()


async def test_a_collector_has_every_span_when_the_server_has_ended(
    collector: tuple[str, list[Any]], environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    endpoint, taken = collector
    environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    environment.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=argus-staging,deployment.environment.name=staging")
    async with serving(tmp_path, "fastapi") as server, server.client() as client:
        for _ in range(3):
            await client.get("/api/v1/version")
    names = [span.name for group in taken for scope in group.scope_spans for span in scope.spans]
    assert names.count("GET /api/v1/version") == 3
    resource = {each.key: each.value.string_value for each in taken[0].resource.attributes}
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("argus-staging", "staging")
    assert resource["service.version"]


async def test_a_collector_that_hangs_holds_neither_requests_nor_the_end(asked_for: Collected, tmp_path: Path, environment: Any) -> None:
    hanging = threading.Event()

    class Hanging(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            hanging.wait(30)
            return SpanExportResult.FAILURE

        def shutdown(self) -> None:
            hanging.set()

    environment.setattr(tracings, "exporter_of", lambda environ: Hanging())
    environment.setattr(tracings, "FLUSH", 0.3)
    loop = asyncio.get_running_loop()
    async with serving(tmp_path, "fastapi") as server, server.client(None) as client:
        began = loop.time()
        await asyncio.gather(*(client.get("/healthz") for _ in range(600)))  # more than one batch
        assert loop.time() - began < 20
        began = loop.time()
    assert loop.time() - began < 5
    assert hanging.is_set()


async def test_without_a_word_in_the_environment_nothing_is_imported(tmp_path: Path) -> None:
    code = """
import sys
from argus.web import telemetry
from argus.web.app import create_gateway
assert telemetry.tracing() is None
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk.trace", "opentelemetry.exporter", "argus.web.tracing"))])
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "argus"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
    ],
)
def test_traces_are_made_where_the_environment_asks_for_them(environ: dict[str, str], wanted: bool) -> None:
    assert telemetry.wanted(environ) is wanted


async def test_an_exporter_that_is_not_here_is_told_of_and_the_server_serves(
    environment: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment.setenv("OTEL_TRACES_EXPORTER", "zipkin")
    async with serving(tmp_path, "fastapi") as server, server.client(None) as client:
        assert (await client.get("/healthz")).status_code == 200
    assert "OTEL_TRACES_EXPORTER=zipkin" in caplog.text
