"""How Argus asks other systems: each within its time, a few at a time, again where that is harmless, and not at all while one is down.

Every client of a remote goes through `ask`. What the remote's protocol calls an error is the client's to say; what keeps
an answer from coming at all is a `RemoteError` with a text for people, which never holds a credential or a query.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import stamina
from prometheus_client import Counter, Gauge, Histogram
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from argus.integrations.patience import wanted_wait
from argus.kit import deadline
from argus.kit.clock import now
from argus.kit.held import holds_a_thread
from argus.runtime import Runtime

PASSING = frozenset({408, 425, 429, 502, 503, 504})  # statuses that say: not now
DOWN = frozenset({502, 503, 504})  # of these, the ones that count as the remote being down
BACKOFF_SECONDS, LONGEST_BACKOFF = 0.2, 5.0
FAILURES, REST_SECONDS = 5, 30.0  # failures in a row after which a remote is left alone, and for how long
SLACK = 0.2  # seconds by which the whole is longer than its last try
QUEUED = 20  # callers a place that may wait
LONGEST_BLOCK = 3600.0  # seconds for which a remote can ask to be left alone
REDIRECTS = 5
stamina.instrumentation.set_on_retry_hooks([])  # its own log lines know nothing of what must not be logged

SAFE = frozenset({"GET", "HEAD"})

REQUESTS = Counter("argus_remote_requests_total", "Calls of other systems by how they ended", ["remote", "outcome"])
SECONDS = Histogram("argus_remote_seconds", "How long calls of other systems take, with repetitions", ["remote"])
WAITING = Gauge("argus_remote_waiting", "Callers that wait for a place at a remote", ["remote"], multiprocess_mode="livesum")


class RemoteError(Exception):
    """A remote gave no answer that can be used. `outcome` is the metric's word for why."""

    def __init__(self, text: str, outcome: str) -> None:
        super().__init__(text)
        self.outcome = outcome


@dataclass(frozen=True)
class Remote:
    """A system that Argus asks, and what a call of it may take.

    Args:
        name: as people know it.
        seconds: for a whole call: waiting for a place, connecting, all tries.
        at_once: calls at a time of one worker.
        tries: of what may be repeated.
        most_bytes: of an answer.
        passing: statuses after which what may be repeated is tried again.
        breaks: leave it alone after failures in a row. Not where callers choose the place: one of them would shut out the others.
        obeys: its wish to be left alone is obeyed for every caller. Not where it is meant for one account or one place.
        redirects: that are followed; of one that follows none, a redirect is the answer.
        enough: bytes of an answer, as they are sent, after which the rest is not read; None for the whole.
    """

    name: str
    seconds: float = 15.0
    connect_seconds: float = 5.0
    at_once: int = 8
    tries: int = 3
    most_bytes: int = 16 << 20
    passing: frozenset[int] = PASSING
    breaks: bool = True
    obeys: bool = True
    redirects: int = REDIRECTS
    enough: int | None = None


@dataclass
class Standing:
    """How a remote has been doing, in this process."""

    slots: asyncio.Semaphore
    waiting: int = 0
    blocked_until: float = 0.0  # epoch seconds: it said not to ask before
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None


class _NotNow(Exception):
    """The remote asks for patience."""

    def __init__(self, answer: httpx.Response, wait: float | None) -> None:
        super().__init__(answer.status_code)
        self.answer, self.wait = answer, wait
        self.down = answer.status_code in DOWN


@dataclass
class _Known:
    """The remotes that one worker asks."""

    breakers: AsyncCircuitBreakerFactory = field(default_factory=lambda: AsyncCircuitBreakerFactory(FAILURES, REST_SECONDS))
    standings: dict[str, Standing] = field(default_factory=dict)
    threads: int = 0  # that wait for any of them


EXCUSED: list[Any] = [RemoteError, asyncio.CancelledError, (_NotNow, lambda error: not error.down)]
"""What does not count as a failure of the remote."""

_known: WeakKeyDictionary[httpx.AsyncClient, _Known] = WeakKeyDictionary()


async def ask(
    runtime: Runtime, remote: Remote, method: str, url: str, *, repeat: bool | None = None, trusted: Collection[str] = (), **request: Any
) -> httpx.Response:
    """The answer to one request, its body read; whatever its status, if it is not one of a remote that is down.

    Args:
        repeat: whether the request may be sent twice; GET and HEAD may, unless it says otherwise.
        trusted: hosts that a redirect may lead to, beside the one that is asked. Credentials go to that one only.
        request: what `httpx.AsyncClient.build_request` takes.

    Raises:
        RemoteError: no connection, no answer in time, too many callers, an answer that is too long, a redirect elsewhere,
            or the remote wants to be left alone.
    """
    try:
        prepared = runtime.http.build_request(method, url, **request)
    except httpx.InvalidURL:
        raise RemoteError(f"{remote.name} has no such address", "failed") from None
    return await send(runtime, remote, prepared, repeat=repeat, trusted=trusted)


async def send(
    runtime: Runtime, remote: Remote, request: httpx.Request, *, repeat: bool | None = None, trusted: Collection[str] = ()
) -> httpx.Response:
    """The answer to a request that is made already; otherwise as `ask`.

    Raises:
        RemoteError: as `ask`.
    """
    standing = standing_of(runtime, remote)
    again = request.method in SAFE if repeat is None else repeat
    seconds = max(0.0, min(remote.seconds, deadline.left()))
    limits = httpx.Timeout(remote.seconds, connect=min(remote.connect_seconds, remote.seconds))
    request.extensions = {**request.extensions, "timeout": limits.as_dict()}
    began, outcome = time.monotonic(), "ok"
    try:
        async with asyncio.timeout(seconds + SLACK), _thread(runtime), _place(remote, standing):
            answer = await _tried(runtime, remote, again, request, trusted, began + seconds)
        standing.last_success = _now()
        outcome = "ok" if answer.status_code < 400 else "refused"
        return answer
    except RemoteError as error:
        outcome = error.outcome
        _remember(standing, str(error))
        raise
    except TimeoutError:
        outcome = "timeout"
        text = f"{remote.name} does not answer in {remote.seconds:.0f} s"
        _remember(standing, text)
        raise RemoteError(text, outcome) from None
    finally:
        REQUESTS.labels(remote.name, outcome).inc()
        SECONDS.labels(remote.name).observe(time.monotonic() - began)


def json_of(remote: Remote, answer: httpx.Response) -> Any:
    """The JSON of an answer.

    Raises:
        RemoteError: it is none; a web page means a login or a proxy before the remote.
    """
    try:
        return answer.json()
    except (ValueError, RecursionError):
        page = answer.content.lstrip()[:1] == b"<"
        told = "with a web page where JSON belongs: a login or a proxy stands before it" if page else "with what is no JSON"
        raise RemoteError(f"{remote.name} answers {told}", "malformed") from None


def basic_credentials(user: str, password: str) -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def standings(runtime: Runtime) -> Mapping[str, Standing]:
    """How each remote that this process has asked is doing."""
    return _of(runtime).standings


def standing_of(runtime: Runtime, remote: Remote) -> Standing:
    """How a remote is doing, in this process."""
    found = _of(runtime).standings
    if remote.name not in found:
        found[remote.name] = Standing(asyncio.Semaphore(remote.at_once))
    return found[remote.name]


async def is_resting(runtime: Runtime, name: str) -> bool:
    """Whether a remote is left alone just now, because it failed too often."""
    context = (await _of(runtime).breakers.get_breaker(name, exclude=EXCUSED)).context
    return context.state == "opened" and time.time() < (context.opened_at or 0.0) + REST_SECONDS


def _of(runtime: Runtime) -> _Known:
    return _known.setdefault(runtime.http, _Known())


@asynccontextmanager
async def _thread(runtime: Runtime) -> AsyncIterator[None]:
    """A share of the threads that serve: half of them may wait for other systems, so that the rest are there for everybody else.

    Raises:
        RemoteError: half of them wait already.
    """
    if not holds_a_thread.get():
        yield
        return
    known = _of(runtime)
    if known.threads >= max(1, runtime.settings.FLASK_THREADS // 2):
        raise RemoteError("too many requests wait for other systems already", "busy")
    known.threads += 1
    try:
        yield
    finally:
        known.threads -= 1


@asynccontextmanager
async def _place(remote: Remote, standing: Standing) -> AsyncIterator[None]:
    """One of the places that a remote has in this process; a bounded number of callers waits for one.

    Raises:
        RemoteError: too many wait already, or the remote said not to ask before some time.
    """
    if remote.obeys and standing.blocked_until > time.time():
        until = datetime.fromtimestamp(standing.blocked_until, UTC)
        raise RemoteError(f"{remote.name} wants no request before {until:%H:%M:%S} UTC", "limited")
    if standing.slots.locked() and standing.waiting >= QUEUED * remote.at_once:
        raise RemoteError(f"too many requests wait for {remote.name} already", "busy")
    standing.waiting += 1
    WAITING.labels(remote.name).inc()
    try:
        await standing.slots.acquire()
    finally:
        standing.waiting -= 1
        WAITING.labels(remote.name).dec()
    try:
        yield
    finally:
        standing.slots.release()


async def _tried(
    runtime: Runtime, remote: Remote, repeat: bool, request: httpx.Request, trusted: Collection[str], until: float
) -> httpx.Response:
    """The answer of the first try that gives one, or of the last."""
    standing = standing_of(runtime, remote)
    attempts = stamina.retry_context(
        on=lambda error: _pause(error, repeat),
        attempts=remote.tries,
        timeout=None,  # `ask` ends it
        wait_initial=BACKOFF_SECONDS,
        wait_max=LONGEST_BACKOFF,
        wait_jitter=BACKOFF_SECONDS,
    )
    try:
        async for attempt in attempts:
            with attempt:
                return await _guarded(runtime, remote, request, trusted, until)
    except _NotNow as patience:
        if remote.obeys and patience.wait is not None and patience.wait > LONGEST_BACKOFF:
            standing.blocked_until = time.time() + min(patience.wait, LONGEST_BLOCK)
        return patience.answer
    except httpx.HTTPError as error:
        raise _unanswered(remote, error) from error
    except OpenedState:
        raise RemoteError(standing.last_error or f"{remote.name} does not answer", "down") from None
    raise AssertionError("a try ends with an answer or an error")


def _pause(error: Exception, repeat: bool) -> bool | float:
    """Whether to try again after an error, or after how many seconds."""
    if isinstance(error, _NotNow):
        if error.wait is None:
            return repeat
        return error.wait if repeat and error.wait <= LONGEST_BACKOFF else False
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return True  # nothing has been sent
    return repeat and isinstance(error, httpx.TransportError)


async def _guarded(runtime: Runtime, remote: Remote, request: httpx.Request, trusted: Collection[str], until: float) -> httpx.Response:
    """One try, unless the remote has failed too often lately. A caller who leaves is no failure of the remote.

    Raises:
        OpenedState: it has.
        _NotNow: it asks for patience.
        httpx.HTTPError: no connection, or one that broke.
        RemoteError: an answer that cannot be used.
        TimeoutError: the time is over.
    """
    breaker = await _of(runtime).breakers.get_breaker(remote.name, exclude=EXCUSED) if remote.breaks else nullcontext()
    async with breaker, asyncio.timeout(max(0.0, until - time.monotonic())):
        answer = await _followed(runtime, remote, request, trusted)
        wait = wanted_wait(answer)
        if answer.status_code in remote.passing or wait is not None:
            raise _NotNow(answer, wait)
        return answer


async def _followed(runtime: Runtime, remote: Remote, request: httpx.Request, trusted: Collection[str]) -> httpx.Response:
    """The answer behind redirects that stay with the remote; any other redirect is an error that names where it leads."""
    home = request.url
    for _ in range(remote.redirects + 1):
        answer = await _sent(runtime, remote, request)
        if not answer.has_redirect_location or not remote.redirects:
            return answer
        try:
            target = request.url.join(answer.headers["location"])
        except httpx.InvalidURL:
            raise RemoteError(f"{remote.name} redirects to what is no address", "redirected") from None
        if request.method not in SAFE and _same_place(target, home):
            return answer  # done, and here is where to look: what Jenkins says after a POST
        if request.method not in SAFE or not (_same_place(target, home) or (target.scheme == "https" and target.host in trusted)):
            raise RemoteError(f"{remote.name} redirects to {_shown(target)}: a login or a proxy stands before it", "redirected")
        headers = {"accept": request.headers.get("accept", "*/*")}
        if _same_place(target, home):
            headers = {name: value for name, value in request.headers.items() if name != "host"}
        request = runtime.http.build_request(request.method, target, headers=headers, extensions=request.extensions)
    raise RemoteError(f"{remote.name} redirects in a circle", "redirected")


async def _sent(runtime: Runtime, remote: Remote, request: httpx.Request) -> httpx.Response:
    """One exchange; the body is read up to the remote's limit."""
    answer = await runtime.http.send(request, stream=True, follow_redirects=False)
    try:
        content = bytearray()
        async for piece in _pieces(remote, answer):
            content += piece
            if remote.enough is not None and len(content) >= remote.enough:
                break
            if len(content) > remote.most_bytes:
                raise RemoteError(f"{remote.name} answers more than {remote.most_bytes >> 20} MiB", "too_long")
    finally:
        await answer.aclose()
    packed = remote.enough is None and "content-encoding" in answer.headers  # its length is not that of what was read
    unpacked = {b"content-encoding", b"content-length"} if packed else {b"content-encoding"}
    headers = [(name, value) for name, value in answer.headers.raw if name.lower() not in unpacked]  # in bytes: they may be of any script
    read = httpx.Response(answer.status_code, headers=headers, content=bytes(content), request=request, extensions=answer.extensions)
    read.next_request = answer.next_request
    return read


def _pieces(remote: Remote, answer: httpx.Response) -> AsyncIterator[bytes]:
    """What comes, unpacked; where only the beginning is wanted, as it is sent."""
    if remote.enough is None:
        return answer.aiter_bytes()
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    return aiter(answer.stream)


def _unanswered(remote: Remote, error: httpx.HTTPError) -> RemoteError:
    if isinstance(error, httpx.TimeoutException):
        return RemoteError(f"{remote.name} does not answer in {remote.seconds:.0f} s", "timeout")
    return RemoteError(f"{remote.name} does not answer: {type(error).__name__}", "failed")


def _same_place(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _shown(url: httpx.URL) -> str:
    """An address without what may be secret in it."""
    return str(url.copy_with(query=None, fragment=None, username=None, password=None))


def _remember(standing: Standing, text: str) -> None:
    standing.last_error, standing.last_error_at = text, _now()


def _now() -> datetime:
    return now().replace(tzinfo=UTC)
