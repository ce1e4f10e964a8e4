"""Whether this process is one of several that serve the same application, and the state that they share."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
from pathlib import Path

from strangler.registry import Registry
from strangler.state import InMemory, SharedState

log = logging.getLogger(__name__)


def has_siblings() -> bool:
    """Whether other workers probably serve beside this one: below gunicorn or `uvicorn --workers` and its like, or by `WEB_CONCURRENCY`."""
    if multiprocessing.parent_process() is not None or "gunicorn.arbiter" in sys.modules:
        return True
    said = os.environ.get("WEB_CONCURRENCY", "")
    return said.isdigit() and int(said) > 1


def default_state(registry: Path | Registry) -> SharedState:
    """What workers share where the host application brings nothing: a file of this host where there are several workers, else memory."""
    if not has_siblings():
        return InMemory()
    if isinstance(registry, Path):
        from strangler.state_sqlite import of_host

        try:
            return of_host(registry)
        except OSError as error:
            log.error("gateway: no shared state for several workers: %s", error)
    return InMemory(is_alone=False)


def state_for_commands(state: SharedState, registry: Path | Registry) -> SharedState:
    """The state that a command writes to beside running servers: theirs, as far as a command can reach it."""
    if isinstance(state, InMemory) and isinstance(registry, Path):
        from strangler.state_sqlite import of_host

        return of_host(registry)
    return state
