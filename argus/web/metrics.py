"""Metrics of every request, counted once around the gateway (docs/contract/conventions.md#labels-of-metrics; docs/operations.md).

The reference's names and labels come first, so that its dashboards go on working; `argus_gateway_…` tell the two lanes apart. Blueprint,
template, endpoint and lane come from the match that the gateway leaves in the scope: nothing is matched a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import version
from time import perf_counter
from typing import Any, Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase
from prometheus_fastapi_instrumentator.metrics import Info
from prometheus_fastapi_instrumentator.middleware import PrometheusInstrumentatorMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.http import HTTP_STATUS_CODES

from argus.auth.identity import USER
from argus.kit.pools import Pools
from argus.web import labels
from argus.web.requests import SERVED, Served
from strangler.gateway import LANE, MATCH, Gateway
from strangler.observation import OBSERVED
from strangler.table import Match, Target

MOST_SERIES = 10_000  # label sets of one metric in one process; callers choose some labels, and must not fill the memory with them
BOUND = 4096  # kinds of requests whose series are remembered
OTHER = "other"
SCRAPE = "/metrics"
LATER = 0.5  # seconds after which answered requests are counted
SAMPLING = 1.0  # seconds between two looks at the Flask lane's threads

M = TypeVar("M", bound=MetricWrapperBase)


class Series(Generic[M]):
    """A metric's label sets, looked up fast; what comes after `most` of them is counted under `other`. Strangers may fill half of them, so
    that they cannot push out the names of those who are known."""

    def __init__(self, metric: M, most: int = MOST_SERIES) -> None:
        self.metric = metric
        self.most = most
        self._children: dict[tuple[str, ...], M] = {}

    def at(self, *values: str, known: bool = True) -> M:
        """The metric with these label values; `known`: nobody could make them up without a login."""
        child = self._children.get(values)
        if child is None:
            if len(self._children) >= (self.most if known else self.most // 2):
                return self.metric.labels(*[OTHER] * len(values))
            child = self._children[values] = self.metric.labels(*values)
        return child


exporter_info = Gauge("exporter_info", "The exporter of these metrics", ["version"], multiprocess_mode="mostrecent")
exporter_info.labels(version("prometheus-fastapi-instrumentator")).set(1)

duration = Series(Histogram("http_request_duration_seconds", "How long requests take", ["method", "status", "endpoint"]))
total = Series(Counter("http_request_total", "Requests", ["method", "status"]))
exceptions = Series(Counter("http_request_exceptions_total", "Requests that failed unexpectedly", ["method", "status"]))
by_endpoint = Series(Counter("http_request_by_endpoint_total", "Requests by endpoint", ["endpoint", "method", "status"]))
by_ip = Series(Counter("http_request_by_ip_total", "Requests by address of the peer", ["ip", "endpoint"]))
by_tunnel = Series(
    Counter("http_request_ssh_tunnel_total", "Requests through SSH tunnels", ["ssh_tunnel", "tunnel_established", "endpoint"])
)
by_job = Series(Counter("http_request_job_tunnel_total", "Requests of CI jobs", ["job_name", "branch", "client_version", "ssh_tunnel"]))
by_agent = Series(
    Counter("http_request_by_user_agent_total", "Requests by kind of client", ["user_agent_category", "client_version", "endpoint"])
)
by_build = Series(Counter("http_request_tunnel_build_total", "Requests of CI builds", ["build_id", "build_url", "ssh_tunnel"]))

_ROUTE = ["blueprint", "template", "lane"]
lane_total = Series(Counter("argus_gateway_requests_total", "Requests by blueprint, route and lane", [*_ROUTE, "method", "status"]))
lane_duration = Series(
    Histogram(
        "argus_gateway_request_duration_seconds",
        "How long requests take, by blueprint, route and lane",
        _ROUTE,
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    )
)
lane_wait = Histogram(
    "argus_gateway_flask_wait_seconds",
    "How long requests of the Flask lane waited for their body and a thread",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
threads = Gauge("argus_gateway_flask_threads", "Threads of the Flask lane, by what they do", ["state"], multiprocess_mode="livesum")
on_loop = Gauge("argus_gateway_flask_on_loop", "Views of the Flask lane that run on the event loop", multiprocess_mode="livesum")
queued = Gauge("argus_gateway_flask_queued", "Requests that wait for a thread of the Flask lane", multiprocess_mode="livesum")
pool_calls = Gauge("argus_pool_calls", "Calls of the thread pools, by purpose and state", ["pool", "state"], multiprocess_mode="livesum")
pool_refused = Counter("argus_pool_refused_total", "Calls that were refused because too many waited for a pool", ["pool"])
ready = Gauge("argus_gateway_ready", "Workers that take new requests", multiprocess_mode="livesum")


def status_line(status: int) -> str:
    """Code and reason as the reference's labels have them: `404 NOT FOUND`."""
    return f"{status} {HTTP_STATUS_CODES.get(status, 'UNKNOWN').upper()}"


Headers = tuple[tuple[bytes, bytes], ...]
"""Those headers of a request that are labels."""


def count(
    match: Match | None, lane: str, method: str, status: int, failed: bool, seconds: float, ip: str, headers: Headers, known: bool
) -> None:
    """Count one answered request. A successful scrape is not counted, a refused one is; requests of no route only count as such."""
    _count((match.target if match else None, lane, method, status, failed, ip, headers, known), [seconds])


Kind = tuple[Target | None, str, str, int, bool, str, Headers, bool]
"""What requests have in common that count in the same series: target, lane, method, status, whether they failed, address of the peer,
headers, whether their caller is known."""


def _count(kind: Kind, seconds: list[float]) -> None:
    target, _, _, status, *_ = kind
    if target is not None and target.template == SCRAPE and status == 200:
        return
    took, ones = _series_of(*kind)
    for observe in took:
        for each in seconds:
            observe(each)
    for increase in ones:
        increase(len(seconds))


class Answered:
    """Requests that were answered a moment ago, to be counted together: a counter goes up by a hundred as fast as by one. Used on the event
    loop only."""

    def __init__(self, later: float = LATER) -> None:
        """They are counted `later` seconds after the first of them, or when somebody wants to see the counts."""
        self.later = later
        self._seconds: dict[Kind, list[float]] = {}
        self._waits: list[float] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def note(self, kind: Kind, seconds: float, waited: float | None) -> None:
        """A request of this kind took so many seconds, of which it waited some for a thread of the Flask lane."""
        alike = self._seconds.get(kind)
        if alike is None:
            alike = self._seconds[kind] = []
            self._wake()
        alike.append(seconds)
        if waited is not None:
            self._waits.append(waited)

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # else it will be
            self._loop = loop
            loop.call_later(self.later, self.count)

    def count(self) -> None:
        """Count them now."""
        self._loop = None
        answered, self._seconds = self._seconds, {}
        waits, self._waits = self._waits, []
        for kind, seconds in answered.items():
            _count(kind, seconds)
        for waited in waits:
            lane_wait.observe(waited)


answered = Answered()


@lru_cache(maxsize=BOUND)
def _series_of(
    target: Target | None, lane: str, method: str, status: int, failed: bool, ip: str, headers: Headers, known: bool
) -> tuple[list[Callable[..., None]], list[Callable[[float], None]]]:
    """Where such a request counts: finding that out costs more than counting, and most requests are like one before."""
    code = str(status)
    endpoint = target.endpoint if target else "None"
    route = ((target.blueprint if target else None) or "none", target.template if target else "none", lane)
    took = [duration.at(method, code, endpoint).observe, lane_duration.at(*route).observe]
    ones = [total.at(method, code), lane_total.at(*route, method, code)]
    if failed or status == 500:
        ones.append(exceptions.at(method, code))
    if target is not None:
        who = labels.caller({name.decode(): value.decode("latin-1") for name, value in headers})
        ones += [
            by_endpoint.at(endpoint, method, status_line(status)),
            by_ip.at(ip, endpoint, known=known),
            by_tunnel.at(who.ssh_tunnel, who.tunnel_established, endpoint),
            by_job.at(who.job_name, who.branch, who.client_version, who.ssh_tunnel),
            by_agent.at(who.user_agent_category, who.client_version, endpoint),
            by_build.at(who.build_id, who.build_url, who.ssh_tunnel),
        ]
    return took, [counter.inc for counter in ones]


def counting(info: Info) -> None:
    """What the middleware tells of a request, counted."""
    scope = info.request.scope
    served: Served = scope[SERVED]
    waited = None if served.begun is None else served.begun - served.came
    if not served.answered:  # the client left before there was an answer
        if waited is not None:
            lane_wait.observe(waited)
        return
    match, client, observed = scope.get(MATCH), scope.get("client"), scope.get(OBSERVED)
    kind = (
        match.target if match else None,
        scope.get(LANE, "none"),  # what stands before the gateway answered
        info.method,
        int(info.modified_status),
        observed is not None and observed.failed,
        client[0] if client else "None",
        told(scope["headers"], known := scope.get(USER) is not None),
        known,
    )
    answered.note(kind, info.modified_duration, waited)


def told(headers: Iterable[tuple[bytes, bytes]], known: bool) -> Headers:
    """Those headers of a request that are labels. Of a caller who is not known only those whose labels have few values: whoever has no
    login could make up any number of builds and versions."""
    names = _NAMES if known else _NAMES_OF_ANYBODY
    return tuple([header for header in headers if header[0] in names])


_NAMES = frozenset(name.encode() for name in labels.HEADERS)
_NAMES_OF_ANYBODY = frozenset(name.encode() for name in labels.HEADERS_OF_ANYBODY)


class GatewayMetrics(PrometheusInstrumentatorMiddleware):
    """The middleware without what is of no use here: its search for a template, since the gateway has left one in the scope; copies of
    headers and body; and a turn of the event loop for asynchronous instrumentations, in which Flask's threads take the interpreter."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == SCRAPE:
            answered.count()
        began, begun, status = perf_counter(), None, 500

        def sending(message: Message) -> Any:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun, status = perf_counter(), message["status"]
            return send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            took, waited = perf_counter() - began, (begun or began) - began
            info = Info(Request(scope), None, scope["method"], "", str(status), took, waited)
            for instrumentation in self.instrumentations:
                instrumentation(info)


def counted(app: ASGIApp) -> ASGIApp:
    """Metrics around an application whose requests are `argus.web.requests.Requests`'s."""
    return GatewayMetrics(app, should_group_status_codes=False, instrumentations=[counting])


class Gauges:
    """Looks at a gateway and a worker's pools once a second while they serve. Files that workers share cannot hold a function to ask."""

    def __init__(self) -> None:
        self._next: asyncio.TimerHandle | None = None
        self._refused: dict[str, int] = {}

    def start(self, gateway: Gateway, pools: Pools) -> None:
        """Look now and from now on. On the loop that serves."""
        self.stop()
        self._refused = {}
        self._look(gateway, pools)

    def stop(self) -> None:
        """Look no more; a worker that has left takes no requests."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
            ready.set(0)
            answered.count()

    def _look(self, gateway: Gateway, pools: Pools) -> None:
        state = gateway.state()
        ready.set(state["ready"])
        if of_flask := state["flask_threads"]:
            on_loop.set(state["flask_on_loop"])
            queued.set(of_flask["queued"])
            for name in ("size", "busy", "stuck"):
                threads.labels(name).set(of_flask[name])
        self._look_at_pools(pools)
        self._next = asyncio.get_running_loop().call_later(SAMPLING, self._look, gateway, pools)

    def _look_at_pools(self, pools: Pools) -> None:
        for pool in pools:
            name = pool.purpose.name
            pool_calls.labels(name, "running").set(pool.busy)
            pool_calls.labels(name, "waiting").set(pool.waiting)
            pool_refused.labels(name).inc(pool.refused - self._refused.get(name, 0))
            self._refused[name] = pool.refused
