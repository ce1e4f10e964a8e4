"""What one worker process owns: settings, store, HTTP client, threads. Services get it as their first argument.

Opened on the event loop that serves (in the gateway: uvicorn's; under plain WSGI: the portal's), on first use, never at import.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, ParamSpec, TypeVar

import httpx

from argus.kit.pools import Pools, Purpose
from argus.kit.settings import Settings
from argus.run_types import PluginRegistry
from argus.storage.open import open_store
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import Udt

P = ParamSpec("P")
T = TypeVar("T")

CLOSING_SECONDS = 5.0  # that background work has to end when a worker closes


def store_at(url: str, settings: Settings, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> Store:
    """The store at a URL with what the settings say of its engine, not yet opened.

    Raises:
        ValueError: the URL names no kind of store.
    """
    if not url.startswith("cql://"):
        return open_store(url, models, types)
    return open_store(
        url,
        models,
        types,
        tablets_keyspace=settings.SCYLLA_TABLETS_KEYSPACE_NAME,
        **({} if "@" in url else {"username": settings.SCYLLA_USERNAME, "password": settings.SCYLLA_PASSWORD}),
        driver=settings.SCYLLA_DRIVER,
        datacenter=settings.SCYLLA_DATACENTER,
        tls=_tls(settings),
        connect_timeout=settings.SCYLLA_CONNECT_TIMEOUT,
        request_timeout=settings.SCYLLA_REQUEST_TIMEOUT,
        io_threads=settings.SCYLLA_IO_THREADS,
    )


def _tls(settings: Settings) -> Any:
    if not settings.SCYLLA_TLS or settings.SCYLLA_TLS_CA_FILE is None:  # one without the other is no valid setting
        return None
    from argus.storage.cql.driver import Tls  # loads the drivers, which the embedded database does without

    return Tls(ca=settings.SCYLLA_TLS_CA_FILE, cert=settings.SCYLLA_TLS_CERT_FILE, key=settings.SCYLLA_TLS_KEY_FILE)


def _client() -> httpx.AsyncClient:
    """An HTTP client that keeps no cookies: what an answer sets is never sent with another caller's request."""
    nothing = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(timeout=10, follow_redirects=False, cookies=nothing)


@dataclass
class Runtime:
    """A worker's resources, and the plugins it serves."""

    settings: Settings
    store: Store
    plugins: PluginRegistry
    http: httpx.AsyncClient = field(default_factory=_client)
    pools: Pools = field(default_factory=Pools)
    _background: set[asyncio.Task[Any]] = field(default_factory=set)
    _own: dict[Any, Any] = field(default_factory=dict)
    _closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    _closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def blocking(self, purpose: Purpose, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what would hold the loop in a thread of the pool of its purpose (`kit.pools` lists them).

        Raises:
            ServiceBusy: too many wait for that pool already.
        """
        return await self.pools.of(purpose).run(function, *args, **kwargs)

    def own(self, make: Callable[[], T]) -> T:
        """What a part of Argus keeps for the life of this worker, made on first use; `make` is also the key."""
        if make not in self._own:
            self._own[make] = make()
        made: T = self._own[make]
        return made

    def spawn(self, work: Any) -> None:
        """Let a coroutine run on after the answer has left; `close` waits for it. It must handle its own errors."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def settle(self, seconds: float | None = None) -> None:
        """Wait until what was let run on so far has ended, at most for so many seconds."""
        if self._background:
            await asyncio.wait(self._background, timeout=seconds)

    def before_close(self, end: Callable[[], Awaitable[None]]) -> None:
        """Have something ended while store and HTTP client are still there."""
        self._closing.append(end)

    def on_close(self, close: Callable[[], Awaitable[None]]) -> None:
        """Have something released that background work may still need: after it, what was opened last first."""
        self._closers.append(close)

    async def release(self) -> None:
        """Let background work end, then release everything but the store."""
        while self._closing:
            await self._closing.pop()()
        await self.settle(CLOSING_SECONDS)
        while self._closers:
            await self._closers.pop()()
        await self.http.aclose()
        self.pools.close()

    async def close(self) -> None:
        """Let background work end, then release everything."""
        await self.release()
        await self.store.close()
