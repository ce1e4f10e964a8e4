"""Which log the hub of a process has (`LIVE_BACKEND`), and where it is found."""

from __future__ import annotations

import multiprocessing
import os

from argus.kit.settings import Settings
from argus.live.database import DatabaseLog
from argus.live.hub import Hub
from argus.live.log import Log, MemoryLog
from argus.runtime import Runtime


def log_of(runtime: Runtime) -> Log:
    """The log that the settings name. Another broker is another class with the methods of `live.log.Log`, and a line here."""
    settings = runtime.settings
    wanted = settings.LIVE_BACKEND
    if settings.REDIS_URL is not None and wanted in ("redis", "auto"):
        from argus.live.redis import RedisLog  # an installation may do without its client

        shared = RedisLog(settings.REDIS_URL.get_secret_value())
        runtime.on_close(shared.close)
        return shared
    if wanted == "database" or (wanted == "auto" and several_processes(settings)):
        return DatabaseLog(runtime.store)
    return MemoryLog()


def several_processes(settings: Settings) -> bool:
    """Whether others may serve beside this process: workers of one server, or hosts around one cluster."""
    started = os.environ.get("WEB_CONCURRENCY", "1")
    return (
        multiprocessing.parent_process() is not None  # a worker that a supervisor started
        or (started.isdecimal() and int(started) > 1)
        or not settings.storage_url.startswith("sqlite:")
        or settings.QUEUE_ENGINE == "celery"  # workers are processes of their own, and tell of their work
        or not settings.QUEUE_CONCURRENCY
    )


class _Place:
    """Where a runtime keeps its hub."""

    hub: Hub | None = None


def hub_of(runtime: Runtime) -> Hub:
    """The hub of this process, made on first use; it closes with the runtime."""
    place = runtime.own(_Place)
    if place.hub is None:
        place.hub = Hub(log_of(runtime))
        runtime.before_close(place.hub.close)
    return place.hub
