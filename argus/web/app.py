"""The whole application: both frameworks over one worker, behind the gateway."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from argus.auth.session import SessionCodec
from argus.kit import deadline, logs
from argus.kit.errors import DeadlineExceeded, FlaskMissing
from argus.kit.settings import Settings
from argus.kit.signing_key import check_keys
from argus.runtime import Runtime
from argus.storage.errors import OperationTimedOut
from argus.storage.store import read_only
from argus.templating.render import environment
from argus.web.ahead import Ahead
from argus.web.bodies import uploads
from argus.web.callers import callers
from argus.web.compress import Compress
from argus.web.connections import Bounds
from argus.web.console import MOUNT, create_console
from argus.web.door import Door
from argus.web.extensions import Extensions, feature_disabled
from argus.web.fastapi_app import create_fastapi_app
from argus.web.gateway_state import StoredState
from argus.web.hosts import Hosts
from argus.web.metrics import Gauges, counted
from argus.web.protocols import bound_server
from argus.web.requests import Requests, entering
from argus.web.revalidate import Revalidate
from argus.web.telemetry import tracing
from argus.web.worker import Worker
from strangler import portal as portals
from strangler.evidence import commit_of
from strangler.gateway import Gateway
from strangler.portal import Portal, PortalTimeout
from strangler.registry import Lane, Registry
from strangler.shadow import Shadow

T = TypeVar("T")
HERE = Path(__file__).parent

SLACK = 5.0  # seconds for the view itself


class CallService:
    """How a Flask view reaches a service: one crossing to the event loop that holds the worker's runtime.

    In the gateway that loop is the server's; under plain WSGI it is the portal's own, made on the first call of the process.
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._closing: set[Portal] = set()

    def __call__(self, service: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        portal = portals.current()
        if portal not in self._closing:  # only a portal with a loop of its own closes; in the gateway the server's lifespan does it
            self._closing.add(portal)
            portal.on_close(self.worker.close)
        allowed = self.worker.settings.REQUEST_DEADLINE
        left = deadline.left()
        if left <= 0:
            raise DeadlineExceeded(allowed)
        try:
            return portal.call_within(None if left == math.inf else left, self._run, service, args, kwargs)
        except (PortalTimeout, OperationTimedOut):
            if not deadline.passed():
                raise
            raise DeadlineExceeded(allowed) from None

    async def _run(self, service: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        runtime: Runtime = await self.worker.open()
        return await service(runtime, *args, **kwargs)


def create_gateway(settings: Settings, *, registry: Path | Registry | None = None, lane: Lane | None = None) -> Gateway:
    """Argus, ready to be served by uvicorn. Nothing is opened before the server starts.

    Args:
        registry: another registry than the settings name.
        lane: everything from one lane, for tests.

    Raises:
        RegistryError: registry and applications contradict each other.
        FlaskMissing: the Flask lane is wanted, and Flask is not installed.
        WeakKey: sessions would be signed with a key that can be guessed.
    """
    check_keys(settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS, settings.ALLOW_PUBLISHED_SECRET_KEY)
    codec = SessionCodec(settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS)
    logs.hide(logs.secrets_of(settings.model_dump()))
    environment()
    traces = tracing()
    worker = Worker(settings, traces)
    flask_app = _flask_app(settings, worker, codec) if settings.FLASK else None
    gauges = Gauges()

    async def opening() -> Runtime:
        if traces:
            traces.start()
        bound_server(Bounds(settings.MAX_HEAD_BYTES, settings.MAX_HEAD_FIELDS, settings.HEAD_TIMEOUT, settings.MAX_CONNECTIONS))
        runtime = await worker.open()
        gauges.start(gateway, runtime.pools)
        return runtime

    async def closing() -> None:
        gauges.stop()
        await worker.close()
        if traces:
            await asyncio.to_thread(traces.close)

    fastapi_app = create_fastapi_app(settings, opening, closing, codec)
    fastapi_app.mount(MOUNT, create_console(settings, worker.open), name="console")
    caller_of = callers(codec, worker.open)

    def behind_proxies(app: ASGIApp) -> ASGIApp:
        proxies = settings.FORWARDED_ALLOW_IPS
        return ProxyHeadersMiddleware(app, proxies) if proxies else app  # type: ignore[arg-type, return-value]

    def around(gateway: ASGIApp) -> ASGIApp:
        served = Hosts(
            Door(Extensions(Compress(Revalidate(Ahead(gateway)), worker.open), settings.cors_origins), worker.open), settings.ALLOWED_HOSTS
        )
        return behind_proxies(counted(Requests(traces.around(served) if traces else served)))

    gateway = Gateway(
        fastapi_app,
        flask_app,
        registry or settings.REGISTRY,
        wsgi_app=entering(flask_app) if flask_app is not None else None,
        around=around,
        around_sockets=lambda gateway: behind_proxies(Hosts(gateway, settings.ALLOWED_HOSTS)),
        threads=settings.FLASK_THREADS,
        queue=settings.FLASK_QUEUE,
        on_loop=settings.FLASK_ON_LOOP,
        deadline=settings.REQUEST_DEADLINE + SLACK,  # later than the calls', which tell what went wrong
        uploads=uploads(settings, codec, caller_of),
        lane=lane or settings.LANE if settings.FLASK else "fastapi",
        portal=Portal(settings.REQUEST_DEADLINE),
        drain_period=settings.DRAIN_SECONDS,
        disabled=feature_disabled,
        shadow=Shadow(also=[read_only]),
        state=StoredState(worker.store),
        caller_of=caller_of,
        commit=commit_of(Path(__file__).parent),
        header_prefix="X-Argus-",
    )
    return gateway


def _flask_app(settings: Settings, worker: Worker, codec: SessionCodec) -> Any:
    try:
        from argus.web.flask_app import create_flask_app  # an installation may do without Flask
    except ModuleNotFoundError as missing:
        raise FlaskMissing(f"{missing.name} is not installed: install Argus with its extra `flask`, or set FLASK: off") from missing
    return create_flask_app(settings, CallService(worker), codec)
