"""Every request is counted once, under the reference's names and labels, whichever lane serves it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as families

from argus.kit.errors import ServiceBusy
from argus.kit.pools import Pools, Purpose
from argus.web import labels, metrics
from argus.web.metrics import SAMPLING, Gauges, Series
from tests.serving import ROOT, Server, serving
from tests.waiting import until

pytestmark = pytest.mark.anyio
VERSION = {"template": "/api/v1/version", "blueprint": "catalogue"}


def value(sample: str, **of: str) -> float:
    metrics.answered.count()
    return REGISTRY.get_sample_value(sample, of) or 0.0


class Change:
    """How much each of some samples grows."""

    def __init__(self, **samples: tuple[str, dict[str, str]]) -> None:
        self.samples = samples
        self.before = self._now()

    def _now(self) -> dict[str, float]:
        return {name: value(sample, **of) for name, (sample, of) in self.samples.items()}

    def grown(self) -> dict[str, float]:
        return {name: now - self.before[name] for name, now in self._now().items()}


async def test_a_request_is_counted_once_by_everything(server: Server) -> None:
    build = f"scylla-master/longevity/{uuid.uuid4()}"
    tunnel = {"ssh_tunnel": "yes"}
    change = Change(
        duration=("http_request_duration_seconds_count", {"method": "GET", "status": "200", "endpoint": "api.app_version"}),
        total=("http_request_total", {"method": "GET", "status": "200"}),
        failed=("http_request_exceptions_total", {"method": "GET", "status": "500"}),
        endpoint=("http_request_by_endpoint_total", {"endpoint": "api.app_version", "method": "GET", "status": "200 OK"}),
        ip=("http_request_by_ip_total", {"ip": "127.0.0.1", "endpoint": "api.app_version"}),
        tunnel=("http_request_ssh_tunnel_total", {**tunnel, "tunnel_established": "no", "endpoint": "api.app_version"}),
        job=("http_request_job_tunnel_total", {**tunnel, "job_name": build, "branch": "scylla-master", "client_version": "1.2.3"}),
        agent=(
            "http_request_by_user_agent_total",
            {"user_agent_category": "argus-client", "client_version": "1.2.3", "endpoint": "api.app_version"},
        ),
        build=("http_request_tunnel_build_total", {**tunnel, "build_id": f"{build}#17", "build_url": "http://jenkins/17"}),
        lane=("argus_gateway_requests_total", {**VERSION, "lane": str(server.lane), "method": "GET", "status": "200"}),
        took=("argus_gateway_request_duration_seconds_count", {**VERSION, "lane": str(server.lane)}),
        waited=("argus_gateway_flask_wait_seconds_count", {}),
    )
    headers = {
        "User-Agent": "python-requests/2.31",
        "X-Argus-Client-Version": "1.2.3",
        "X-Argus-Build-Id": f" {build}#17 ",
        "X-Argus-Build-Url": "http://jenkins/17",
        "X-SSH-Tunnel-Origin": "proxy",
    }
    async with server.client() as client:
        assert (await client.get("/api/v1/version", headers=headers)).status_code == 200
    assert change.grown() == {**dict.fromkeys(change.samples, 1), "failed": 0, "waited": server.lane == "flask"}


async def test_what_no_route_matches_appears_in_the_two_default_metrics_only(server: Server) -> None:
    before = _custom()
    change = Change(
        duration=("http_request_duration_seconds_count", {"method": "GET", "status": "404", "endpoint": "None"}),
        total=("http_request_total", {"method": "GET", "status": "404"}),
    )
    async with server.client() as client:
        assert (await client.get(f"/{uuid.uuid4()}")).status_code == 404
    assert change.grown() == {"duration": 1, "total": 1}
    assert _custom() == before


def _custom() -> dict[str, float]:
    metrics.answered.count()
    names = ("http_request_by_", "http_request_ssh", "http_request_job", "http_request_tunnel")
    samples = (sample for metric in REGISTRY.collect() if metric.name.startswith(names) for sample in metric.samples)
    return {f"{sample.name}{sorted(sample.labels.items())}": sample.value for sample in samples}


async def test_a_file_is_counted_as_such(server: Server) -> None:
    change = Change(file=("http_request_by_endpoint_total", {"endpoint": "static", "method": "GET", "status": "200 OK"}))
    async with server.client(None) as client:
        assert (await client.get("/s/argus.png")).status_code == 200
    assert change.grown() == {"file": 1}


async def test_an_unexpected_error_is_an_exception(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("argus.features.tracker.health.service.alive", broken)
    change = Change(
        failed=("http_request_exceptions_total", {"method": "GET", "status": "500"}),
        line=("http_request_by_endpoint_total", {"endpoint": "health.healthz", "method": "GET", "status": "500 INTERNAL SERVER ERROR"}),
    )
    async with server.client() as client:
        assert (await client.get("/healthz")).status_code == 500
    assert change.grown() == {"failed": 1, "line": 1}


async def test_a_scrape_tells_all_and_is_not_counted(server: Server) -> None:
    before = value("http_request_total", method="GET", status="200")
    async with server.client(None) as stranger:
        answer = await stranger.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {family.name for family in families(answer.text)}
    assert {"http_request", "http_request_duration_seconds", "exporter_info", "process_cpu_seconds", "python_info"} <= found
    assert value("http_request_total", method="GET", status="200") == before


async def test_a_scrape_may_ask_for_another_form_and_for_some_metrics(server: Server) -> None:
    async with server.client(None) as stranger:
        answer = await stranger.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        assert answer.text.endswith("# EOF\n")
        assert list(openmetrics(answer.text))
        some = await stranger.get("/metrics?name[]=http_request_total&name[]=exporter_info")
    assert {f.name for f in families(some.text)} == {"http_request", "exporter_info"}


async def test_with_several_workers_a_scrape_needs_a_login_and_a_refused_one_counts(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    refused = ("http_request_by_endpoint_total", {"endpoint": "prometheus_metrics", "method": "GET", "status": "403 FORBIDDEN"})
    change = Change(refused=refused)
    async with server.client(None) as stranger, server.client("bob") as bob, server.client("tunnel") as tunnel:
        answer = await stranger.get("/metrics")
        assert (answer.status_code, answer.json()) == (403, {"status": "error", "message": "Authorization required"})
        assert (await tunnel.get("/metrics")).status_code == 403
        assert (await bob.get("/metrics")).status_code == 200
    assert change.grown() == {"refused": 2}


COUNTING = """
import sys, os, asyncio
from argus.web import metrics
for _ in range(3):
    metrics.count(None, "fastapi", "GET", 200, False, 0.01, "127.0.0.1", (), True)
metrics.queued.set(2)
print(os.getpid(), flush=True)
if sys.argv[1] == "stay":
    sys.stdin.read()
"""
SCRAPING = """
import os
from argus.features.tracker.metrics.service import _exposition
print(_exposition(os.environ["PROMETHEUS_MULTIPROC_DIR"], "", []).body.decode())
"""


@pytest.fixture
def living(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COUNTING, "stay"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate()


def test_workers_add_up_and_the_dead_hold_no_threads(tmp_path: Path, living: subprocess.Popen[str]) -> None:
    assert living.stdout is not None
    living.stdout.readline()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for code in (COUNTING, SCRAPING):
        done = subprocess.run(
            [sys.executable, "-c", code, "leave"], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
    assert 'http_request_total{method="GET",status="200"} 6.0' in done.stdout, "what the one who left counted is kept"
    assert "argus_gateway_flask_queued 2.0" in done.stdout, "only the living wait"
    assert re.search(r'exporter_info\{version="[^"]+"\} 1.0', done.stdout)


async def test_gauges_follow_the_flask_lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that hangs is busy, then stuck, and its thread is free again once it ends."""
    hanging, ending = threading.Event(), threading.Event()
    looking = Gauges._look

    def look(self: Gauges, gateway: Any, pools: Pools) -> None:  # other servers of this process set the same gauges
        if gateway.bridge.pool.size == 3:
            looking(self, gateway, pools)
        else:
            self._next = asyncio.get_running_loop().call_later(SAMPLING, self._look, gateway, pools)

    monkeypatch.setattr(Gauges, "_look", look)

    def hang(environ: Any, start_response: Any) -> list[bytes]:
        hanging.set()
        ending.wait(20)
        start_response("200 OK", [])
        return [b""]

    async with serving(tmp_path, "flask", FLASK_THREADS=3, FLASK_ON_LOOP=False) as server:
        await until(
            lambda: (threads_that("size"), threads_that("busy"), threads_that("stuck"), value("argus_gateway_ready")) == (3, 0, 0, 1)
        )
        bridge = server.app.bridge
        bridge.app, bridge.deadline, bridge.pool.patience = hang, 0.2, 0.2
        async with server.client(None) as client:
            call = asyncio.create_task(client.get("/healthz"))
            await asyncio.to_thread(hanging.wait, 10)
            await until(lambda: threads_that("busy") == 1)
            assert (await call).status_code == 504
            await until(lambda: threads_that("stuck") == 1)
            ending.set()
            await until(lambda: threads_that("busy") == threads_that("stuck") == 0)


def threads_that(state: str) -> float:
    return value("argus_gateway_flask_threads", state=state)


def test_callers_cannot_fill_the_memory() -> None:
    registry = CollectorRegistry()
    series = Series(Counter("visits_total", "Visits", ["who", "whence"], registry=registry), most=2)
    for who in ("a", "b", "c", "d", "a"):
        series.at(who, "here").inc()
    counted = {name: registry.get_sample_value("visits_total", {"who": name, "whence": "here"}) for name in "abcd"}
    assert counted == {"a": 2, "b": 1, "c": None, "d": None}
    assert registry.get_sample_value("visits_total", {"who": "other", "whence": "other"}) == 2


@pytest.mark.parametrize(
    ("agent", "category"),
    [
        ("", "unknown"),
        ("argus-client-ssh-tunnel", "argus-client-tunnel"),
        ("Mozilla argus-client-ssh-tunnel", "argus-client-tunnel"),
        ("python-requests/2.32", "argus-client"),
        ("Python-urllib/3.11", "other"),
        ("python-urllib3/2", "argus-client"),
        ("my python-requests", "other"),
        ("Go-http-client/1.1", "argus-cli-go"),
        ("Mozilla/5.0 (X11) curl", "browser"),
        ("libcurl", "curl"),
    ],
)
def test_kinds_of_clients(agent: str, category: str) -> None:
    assert labels.user_agent_category(agent) == category


@pytest.mark.parametrize(
    "version", ["1", "1.2.3", "0.15.2", "1234.12345.1.1", "1.2.3.dev4+g12ab", "1.123456", "1.0-rc.1", "2024.1+local_x", " 1.2 "]
)
def test_versions_of_clients(version: str) -> None:
    assert labels.client_version(version) == version.strip()


@pytest.mark.parametrize("version", ["", "unknown", "12345", "v1", "1.", "1.0-" + "a" * 33, "1 2", "1.2.3\n4"])
def test_what_is_no_version(version: str) -> None:
    assert labels.client_version(version) == "unknown"


@pytest.mark.parametrize(
    ("given", "build", "job", "branch"),
    [
        ("", "unknown", "unknown", "unknown"),
        ("  ", "unknown", "unknown", "unknown"),
        ("x" * 257, "unknown", "unknown", "unknown"),
        ("x" * 256, "x" * 256, "x" * 256, "unknown"),
        ("scylla-master/a/b#12", "scylla-master/a/b#12", "scylla-master/a/b", "scylla-master"),
        ("a#1/b#2#3", "a#1/b#2#3", "a#1/b#2", "unknown"),
        ("a/b#", "a/b#", "a/b#", "a"),
        ("/a", "/a", "/a", "unknown"),
        ("b r/x", "b r/x", "b r/x", "unknown"),
    ],
)
def test_builds(given: str, build: str, job: str, branch: str) -> None:
    caller = labels.caller({"x-argus-build-id": given})
    assert (caller.build_id, caller.job_name, caller.branch) == (build, job, branch)


def test_tunnels_and_addresses_of_builds() -> None:
    assert labels.caller({})[:2] == ("no", "no")
    assert labels.caller({"x-ssh-tunnel-origin": "", "x-tunnel-established-at": "now"})[:2] == ("no", "yes")
    assert labels.caller({"x-argus-build-url": "http://j/1"}).build_url == "http://j/1"
    assert labels.caller({"x-argus-build-url": "u" * 5000}).build_url == ""


async def test_pools_are_counted_by_what_their_calls_do(tmp_path: Path) -> None:
    held = threading.Event()
    small = Purpose("of-this-test", 1, 1)
    async with serving(tmp_path, "fastapi") as server:
        calls = [asyncio.create_task(server.runtime.blocking(small, held.wait, 20)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ServiceBusy):
            await server.runtime.blocking(small, str, 1)
        try:
            for line in (
                'argus_pool_calls{pool="of-this-test",state="running"} 1.0',
                'argus_pool_calls{pool="of-this-test",state="waiting"} 1.0',
                'argus_pool_refused_total{pool="of-this-test"} 1.0',
            ):
                async with asyncio.timeout(10), server.client(None) as client:
                    while line not in (await client.get("/metrics")).text.splitlines():
                        await asyncio.sleep(0.05)
        finally:
            held.set()
            await asyncio.gather(*calls)


async def test_labels_that_anybody_could_make_up_are_a_callers_who_is_known(server: Server) -> None:
    strange, real = f"strange/{uuid.uuid4()}#1", f"real/{uuid.uuid4()}#1"
    change = Change(
        strange=("http_request_tunnel_build_total", {"build_id": strange, "build_url": "", "ssh_tunnel": "no"}),
        real=("http_request_tunnel_build_total", {"build_id": real, "build_url": "", "ssh_tunnel": "no"}),
    )
    async with server.client(None, **{"X-Argus-Build-Id": strange}) as stranger, server.client(**{"X-Argus-Build-Id": real}) as client:
        await stranger.get("/api/v1/version")
        await client.get("/api/v1/version")
    assert change.grown() == {"strange": 0, "real": 1}


def test_strangers_cannot_push_out_those_who_are_known() -> None:
    series = metrics.Series(Counter("pushed_out", "A metric", ["ip"], registry=None), most=10)
    for number in range(50):
        series.at(str(number), known=False)
    known = [series.at(f"known {number}") for number in range(5)]
    assert len(set(map(id, known))) == 5
    assert series.at("50", known=False) is series.at("51", known=False), "both are counted under `other`"
