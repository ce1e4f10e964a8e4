"""The deduper served alone under WSGI: `argus_deduper_flask:app` (docs/deduper.md#alone). It goes with the last blueprint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from flask import Flask, Response, g, request

from argus.features.deduper.blueprint import blueprint, index
from argus.kit import logs
from argus.kit.settings import Settings
from argus.platform.waking import Waking
from argus.runtime import Runtime
from argus.web.app import CallService
from argus.web.deduper.app import codec_of
from argus.web.flask_app import create_flask_app
from argus.web.requests import request_id
from argus.web.worker import Worker

T = TypeVar("T")


class _Working(CallService):
    """Reaches services, and does the work of the queue on the loop that it reaches them on, from the first request on."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self._working = False

    async def _run(self, service: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        runtime: Runtime = await self.worker.open()
        if not self._working:
            self._working = True
            queue = Waking(runtime)
            await queue.start()
            runtime.on_close(queue.stop)
        return await service(runtime, *args, **kwargs)


def create_wsgi_app(settings: Settings) -> Flask:
    """The Flask shell alone."""
    app = create_flask_app(settings, _Working(Worker(settings)), codec_of(settings), [blueprint])
    app.extensions["argus.standalone"] = True
    app.add_url_rule("/", "deduper.home", index)
    app.before_request(_begin)
    app.after_request(_named)
    app.teardown_request(_over)
    return app


def _begin() -> None:
    """The request gets its id, and the log knows of it."""
    g.request_id = request_id(request.path, request.headers.get("X-Request-Id"), request.headers.get("X-Correlation-ID"))
    told = {"request_id": g.request_id}
    g.served = logs.serve(lambda: told)


def _named(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    return response


def _over(error: BaseException | None) -> None:
    logs.served(g.pop("served"))
