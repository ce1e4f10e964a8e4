"""The four ways in which the deduper is served: each shell, in the gateway and alone."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx

from argus.kit.settings import Settings
from argus.plugins.sct.model import SCTTestRun
from argus.run_types import registry_of, schema_with
from argus.runtime import store_at
from argus.storage.store import Store
from argus.web.deduper.app import create_app
from argus.web.deduper.flask_app import create_wsgi_app
from strangler import portal as portals
from strangler.portal import Portal
from strangler.registry import Lane
from tests.serving import ACTORS, add_actors, lifespan, serving, settings_for, transport

ACTOR = Path(__file__).parent / "fixtures" / "actor.py"
FORMS = ("gateway-flask", "gateway-fastapi", "alone-fastapi", "alone-flask")
SHARED = "a-shared-token-for-tests"


@dataclass
class Form:
    """A running deduper."""

    name: str
    folder: Path
    transport: Callable[[], httpx.AsyncBaseTransport]
    store: Store
    login: Callable[[], Any] = field(default=lambda: None)

    def client(self, actor: str | None, **headers: str) -> httpx.AsyncClient:
        """A caller by token; None is anonymous."""
        if actor:
            headers["Authorization"] = f"token {ACTORS[actor]['token']}"
        return httpx.AsyncClient(transport=self.transport(), base_url="http://argus.test", headers=headers, timeout=60)

    async def browser(self) -> httpx.AsyncClient:
        """Alice with the session cookie of a gateway, which all forms take."""
        client = self.client(None)
        client.cookies.set("session", await self.login())
        return client

    async def report(self, play: str) -> str:
        """A run whose job plays something (`fixtures/actor.py`)."""
        run_id = uuid.uuid4()
        await self.store.save(SCTTestRun(build_id=f"job-{run_id}", id=run_id))
        (self.folder / "plays" / str(run_id)).write_text(play)
        return str(run_id)


def deduper_settings(folder: Path, **values: Any) -> dict[str, Any]:
    """Settings with the actor as program."""
    (folder / "plays").mkdir(exist_ok=True)
    return {
        "DEDUPER_COMMAND": f"{sys.executable} {ACTOR}",
        "DEDUPER_ALLOWED_DIRS": ["/"],
        "DEDUPER_GRACE_SECONDS": 0.3,
        "DEDUPER_SHARED_TOKEN": SHARED,
        "DEDUPER_MAX_CONCURRENT": 4,
        "QUEUE_CONCURRENCY": 4,
        "RATE_READS": "1000000/minute",
        "RATE_WRITES": "1000000/minute",
        **values,
    }


@asynccontextmanager
async def serve(name: str, folder: Path, **values: Any) -> AsyncIterator[Form]:
    """One of the `FORMS`."""
    given = deduper_settings(folder, **values)
    async with AsyncExitStack() as stack:
        place, shell = name.split("-")
        if place == "gateway":
            server = await stack.enter_async_context(serving(folder, cast("Lane", shell), **given))

            async def login() -> str:
                browser = await server.browser("alice")
                cookie = str(browser.cookies["session"])
                await browser.aclose()
                return cookie

            yield Form(name, folder, lambda: transport(server.app), server.store, login)
            return
        settings = settings_for(folder, **given)
        store = await stack.enter_async_context(_store(settings))
        alone = await stack.enter_async_context(_asgi(settings) if shell == "fastapi" else _wsgi(settings))
        yield Form(name, folder, alone, store, lambda: _session(settings))


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    plugins = registry_of(settings)
    store = store_at(settings.storage_url, settings, *schema_with(plugins))
    await store.start()
    await add_actors(store)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _asgi(settings: Settings) -> AsyncIterator[Callable[[], httpx.AsyncBaseTransport]]:
    app = create_app(settings)
    async with lifespan(app):
        yield lambda: transport(app)


class _Threaded(httpx.AsyncBaseTransport):
    """Asks a WSGI application, in a thread of its own as a server would, and by the portal of the process that it stands for."""

    def __init__(self, app: Any, portal: Portal) -> None:
        self._portal = portal
        self._inner = httpx.WSGITransport(app=app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()

        def ask() -> httpx.Response:
            portals.choose(self._portal)  # in this thread's copy of the context only
            answer = self._inner.handle_request(httpx.Request(request.method, request.url, headers=request.headers, content=body))
            content = answer.read()
            headers = [(key, value) for key, value in answer.headers.multi_items() if key.lower() != "content-length"]
            return httpx.Response(answer.status_code, headers=headers, content=content)

        return await asyncio.to_thread(ask)


@asynccontextmanager
async def _wsgi(settings: Settings) -> AsyncIterator[Callable[[], httpx.AsyncBaseTransport]]:
    """With a portal of its own: the process's would be closed for whatever form comes after this one."""
    app = create_wsgi_app(settings)
    own = Portal()
    try:
        # named for what it is: of a loop that is not the main thread's the watchdog knows no more than the task (tests/watchdog.py)
        await asyncio.to_thread(own.call, app.extensions["argus"].worker.open)
        yield lambda: _Threaded(app, own)
    finally:
        await asyncio.to_thread(own.close)


async def _session(settings: Settings) -> str:
    """A session cookie as a gateway with the same key would set it."""
    from argus.auth.session import Session, SessionCodec

    session = SessionCodec(settings.SECRET_KEY, []).load(None)
    session["user_id"] = str(uuid.uuid5(uuid.NAMESPACE_DNS, "alice"))
    assert isinstance(session, Session)
    return SessionCodec(settings.SECRET_KEY, []).dump(session)
