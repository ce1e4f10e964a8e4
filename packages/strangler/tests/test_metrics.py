"""Prometheus and OpenTelemetry are told of every answer by lane and route, and nobody needs either."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from flask import Flask
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry

from strangler import Gateway, Metrics, failed, parse, traced
from strangler import gateway as gateways
from support.server import serving

pytestmark = pytest.mark.anyio

REGISTRY = """\
version: 1
blueprints:
  books:
    owner: fastapi
    routes:
      - {path: "/books/<int:number>", methods: [GET]}
      - {path: /wrong, methods: [GET]}
  pages:
    owner: flask
    routes:
      - {path: /page, methods: [GET]}
unlisted: flask
"""


def _gateway(**options: Any) -> Gateway:
    old, new = Flask("old", static_folder=None), FastAPI()
    old.add_url_rule("/page", "page", _page)
    new.get("/books/{number}")(lambda number: number)

    @new.get("/wrong")
    async def wrong() -> None:
        raise KeyError("wrong")

    return Gateway(new, old, parse(REGISTRY), **options)


def _page() -> str:
    with trace.get_tracer("view").start_as_current_span("in the view"):
        return "page"


async def _ask(gateway: Gateway, *paths: str, **options: Any) -> None:
    gateway.portal.attach(asyncio.get_running_loop())
    transport = httpx.ASGITransport(app=gateway, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://books.test") as client:
        for path in paths:
            await client.get(path, **options)


async def test_what_lanes_answer_is_counted_by_route() -> None:
    registry = CollectorRegistry()
    gateway = _gateway(watchers=[Metrics(registry)])
    await _ask(gateway, "/books/1", "/books/2", "/page", "/wrong", "/nothing/1", "/nothing/2")

    def value(name: str, *labels: str) -> float | None:
        return registry.get_sample_value(f"strangler_{name}", dict(zip(("lane", "blueprint", "method", "route"), labels, strict=True)))

    assert value("answer_seconds_count", "fastapi", "books", "GET", "/books/<int:number>") == 2
    assert value("answer_seconds_count", "flask", "pages", "GET", "/page") == 1
    assert value("failures_total", "fastapi", "books", "GET", "/wrong") == 1
    assert value("failures_total", "flask", "pages", "GET", "/page") is None
    assert value("answer_seconds_count", "flask", "", "", "") == 2, "no label holds what a caller makes up"
    assert (value("answer_seconds_sum", "flask", "pages", "GET", "/page") or 0) > 0


def test_an_answer_that_has_failed_after_all_is_counted_once() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics(None, "flask", 0.1, False)
    metrics(None, "flask", None, True)
    none = {"lane": "flask", "blueprint": "", "method": "", "route": ""}
    assert registry.get_sample_value("strangler_answer_seconds_count", none) == 1
    assert registry.get_sample_value("strangler_failures_total", none) == 1


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace.get_tracer", provider.get_tracer)
    return exporter


def _named(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [span for span in exporter.get_finished_spans() if span.name == name]
    return found


async def test_a_request_has_a_span_that_knows_its_route_and_the_views_are_below_it(exporter: InMemorySpanExporter) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await _ask(_gateway(around=traced), "/books/1", "/page", headers={"traceparent": parent})
    span, view = _named(exporter, "GET /page"), _named(exporter, "in the view")
    assert span.kind is SpanKind.SERVER
    assert span.attributes is not None
    assert span.attributes["http.route"] == "/page"
    assert (span.attributes["strangler.lane"], span.attributes["strangler.blueprint"]) == ("flask", "pages")
    assert span.attributes["http.response.status_code"] == 200
    assert span.parent is not None
    assert f"{span.parent.span_id:x}" == "b7ad6b7169203331"
    assert view.parent is not None
    assert view.parent.span_id == span.context.span_id
    assert (_named(exporter, "GET /books/<int:number>").attributes or {})["strangler.lane"] == "fastapi"


async def test_a_failure_is_one_of_the_span(exporter: InMemorySpanExporter) -> None:
    await _ask(_gateway(around=traced), "/wrong", "/page")
    wrong = _named(exporter, "GET /wrong")
    assert wrong.status.status_code is StatusCode.ERROR
    assert (wrong.attributes or {})["error.type"] == "500", "FastAPI has answered before it raises"
    assert _named(exporter, "GET /page").status.status_code is StatusCode.UNSET


async def test_an_instrumentation_that_is_there_keeps_its_span(exporter: InMemorySpanExporter) -> None:
    with trace.get_tracer("instrumentation").start_as_current_span("theirs"):
        await _ask(_gateway(around=traced), "/books/1")
    (span,) = exporter.get_finished_spans()
    assert (span.name, (span.attributes or {})["strangler.lane"]) == ("GET /books/<int:number>", "fastapi")


async def test_what_the_host_calls_a_failure_is_one_here(exporter: InMemorySpanExporter) -> None:
    gateway = _gateway(around=traced)

    @gateway.fastapi_app.middleware("http")
    async def says_so(request: Any, following: Any) -> Any:
        failed(request.scope, "OutOfStock")
        return await following(request)

    await _ask(gateway, "/books/1")
    assert _named(exporter, "GET /books/<int:number>").status.description == "OutOfStock"


OWN = pytest.mark.skipif(not hasattr(FastAPI(), "_native_telemetry"), reason="this FastAPI has no telemetry of its own")


@OWN
def test_fastapis_own_telemetry_is_collected_by_whoever_asks_for_it_while_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(gateways, "MIND_EVERY", 0.01)
    with serving(_gateway()) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        client.get("/books/1")
        assert exporter.get_finished_spans() == ()
        monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
        end = time.monotonic() + 10
        while not exporter.get_finished_spans() and time.monotonic() < end:
            client.get("/books/1")
    assert "GET /books/{number}" in {span.name for span in exporter.get_finished_spans()}


@OWN
async def test_an_application_whose_telemetry_nobody_collects_is_not_asked_for_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = _gateway()
    asked: list[bool] = []

    def enabled() -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(gateway.fastapi_app, "_native_telemetry", SimpleNamespace(enabled=enabled))
    await _ask(gateway, "/books/1", "/books/2")
    assert asked == []


@pytest.mark.parametrize("missing", ["prometheus_client", "opentelemetry"])
def test_the_kit_can_be_used_without(missing: str) -> None:
    script = (
        "import sys\n"
        "from fastapi import FastAPI\n"  # which may want OpenTelemetry itself
        f"for name in [name for name in sys.modules if name.split('.')[0] == {missing!r}]: del sys.modules[name]\n"
        f"sys.modules[{missing!r}] = None\n"
        "import strangler\n"
        "text = 'version: 1\\nblueprints: {a: {owner: fastapi, routes: [{path: /x, methods: [GET]}]}}\\nunlisted: fastapi\\n'\n"
        "app = FastAPI(); app.get('/x')(lambda: 'x')\n"
        "strangler.Gateway(app, None, strangler.parse(text))\n"
        f"name = {'Metrics' if missing == 'prometheus_client' else 'traced'!r}\n"
        "try: getattr(strangler, name)\n"
        "except ImportError as error: print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    extra = "metrics" if missing == "prometheus_client" else "otel"
    assert (ran.returncode, f"the extra `{extra}` of strangler-fig" in ran.stdout) == (0, True), ran.stdout + ran.stderr
