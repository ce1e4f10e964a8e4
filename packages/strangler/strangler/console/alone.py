"""The console served by itself, on this machine only, over the state that the workers share."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from strangler.console.app import Console
from strangler.gateway import GATEWAY, Gateway
from strangler.moves import who_types
from strangler.workers import state_for_commands

ADDRESS = "127.0.0.1"
HERE = [ADDRESS, "localhost"]


def alone(gateway: Gateway, secret: str, who: str, parity: Path | None = None) -> Starlette:
    """An application with the console below `/<secret>/`, so that nobody else of this machine finds it; another site's page that has a name
    of its own lead here (DNS rebinding) is refused by its host. `who` is the operator, for the journal."""
    control = gateway.control
    control.state = state_for_commands(control.state, gateway.live.source)
    control.reports.topics.clear()  # it serves nobody, and so is no worker

    async def operator(request: Request) -> str | None:
        return who

    console = Console(operator, parity=parity)

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        scope[GATEWAY] = gateway
        await console(scope, receive, send)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        gateway.live.watch()
        control.start()
        yield
        gateway.live.stop()
        await control.stop()

    trusted = Middleware(TrustedHostMiddleware, allowed_hosts=HERE)
    return Starlette(routes=[Mount(f"/{secret}", behind)], middleware=[trusted], lifespan=lifespan)


def serve(gateway: Gateway, port: int, parity: Path | None, tell: Callable[[str], None]) -> None:
    """Serve it by uvicorn until the process is told to end. The address is told, with the secret in it.

    Raises:
        ImportError: there is no uvicorn.
        OSError: the port is taken.
    """
    import uvicorn

    secret = secrets.token_urlsafe(16)
    with socket.create_server((ADDRESS, port)) as listening:
        tell(f"http://{ADDRESS}:{listening.getsockname()[1]}/{secret}/")
        config = uvicorn.Config(alone(gateway, secret, who_types(), parity), log_level="warning")
        uvicorn.Server(config).run([listening])
