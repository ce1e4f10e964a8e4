"""The whole application in this process, for tests: gateway, both lanes, an embedded database with the four actors."""

from __future__ import annotations

import asyncio
import traceback
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from argus.kit.settings import Settings
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.store import Store
from argus.web.app import create_gateway
from strangler.registry import Lane

ROOT = Path(__file__).resolve().parents[1]
ACTORS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests/golden/actors.yaml").read_text())


def settings_for(folder: Path, **values: Any) -> Settings:
    """Settings of a server whose files are below `folder`; nothing outside answers."""
    defaults: dict[str, Any] = {
        "STORAGE": f"sqlite:///{folder}/argus.sqlite",
        "SECRET_KEY": "a-key-for-tests-only",
        "DATA_DIR": folder,
        "STORAGE_DIR": folder / "storage",
        "FILE_STORE_ROOT": folder / "objects",
        "PUBLIC_DIR": ROOT / "public",
        "REGISTRY": ROOT / "migration_status.yaml",
        "GITHUB_ENABLED": False,
        "JIRA_ENABLED": False,
        "JIRA_SERVER": "http://127.0.0.1:9",
        "JENKINS_URL": "http://127.0.0.1:9",
        "JENKINS_USER": "jenkins",
        "JENKINS_API_TOKEN": "token",
        "ZEUS_HOST": "127.0.0.1:9",
        "ZEUS_TOKEN": "zeus",
        "EMAIL_ENABLED": False,
        "JOBS_ENABLED": False,
        "DRAIN_SECONDS": 0,
    }
    return Settings(**{**defaults, **values})


@dataclass
class Server:
    """A running application."""

    app: Any
    lane: Lane | None
    runtime: Runtime
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.runtime.store

    def client(self, actor: str | None = "alice", **headers: str) -> httpx.AsyncClient:
        """A caller: one of the actors, by token; None is anonymous (with a cookie jar of its own)."""
        if actor:
            headers["Authorization"] = f"token {ACTORS[actor]['token']}"
        return httpx.AsyncClient(transport=transport(self.app), base_url="http://argus.test", headers=headers)

    async def browser(self, actor: str) -> httpx.AsyncClient:
        """A caller who is logged in by password, with a session cookie."""
        client = self.client(None)
        answer = await client.post("/auth/login", data={"username": actor, "password": ACTORS[actor]["password"]})
        assert answer.status_code == 302
        return client


def transport(app: Any, address: str = "127.0.0.1") -> httpx.ASGITransport:
    """A way to an application from an address. What it raises was answered with 500, as by a server; raised after another answer it fails
    the test, because a server would only write it to the log."""

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        status = 500

        async def sending(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, sending)
        except Exception:
            if status != 500:
                pytest.fail(f"{scope['method']} {scope['path']} raises after {status}:\n{traceback.format_exc()}", pytrace=False)
            raise

    return httpx.ASGITransport(app=watched, raise_app_exceptions=False, client=(address, 123))


@asynccontextmanager
async def serving(folder: Path, lane: Lane | None = None, **values: Any) -> AsyncIterator[Server]:
    """The application with its lifespan running and the actors in its database."""
    app = create_gateway(settings_for(folder, **values), lane=lane)
    async with lifespan(app):
        runtime: Runtime = app.fastapi_app.state.runtime
        await add_actors(runtime.store)
        yield Server(app, lane, runtime)


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """An ASGI application from its start to its end, as a server tells it of both: through everything that stands around it."""
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    living = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    starting = asyncio.create_task(outgoing.get())
    await asyncio.wait({living, starting}, return_when=asyncio.FIRST_COMPLETED)
    if living.done():  # it has failed: uvicorn would serve it all the same, not started
        starting.cancel()
        living.result()
    started = await starting
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield
    finally:
        await incoming.put({"type": "lifespan.shutdown"})
        await outgoing.get()
        await living


async def add_actors(store: Store) -> None:
    """The four users that every recording assumes."""
    from werkzeug.security import generate_password_hash

    for username, actor in ACTORS.items():
        hashed = generate_password_hash(actor["password"], method="pbkdf2:sha256:1000")
        user = User(
            id=uuid.uuid5(uuid.NAMESPACE_DNS, username),
            username=username,
            full_name=actor["full_name"],
            email=actor["email"],
            password=hashed,
            api_token=actor["token"],
            roles=actor["roles"],
            registration_date=datetime(2024, 1, 1),
        )
        await store.save(user)
