"""Kinds of work and who handles them. A feature's `handlers.py` says so with `@handler`; modules of that name are found by it."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from argus.platform.tables import WorkItem
    from argus.platform.work import Work

QUEUES = ("default", "import", "validation", "extraction", "triage", "deduper")

Handle = Callable[["Work"], Awaitable[None]]
Ended = Callable[["AsyncSession", "WorkItem", Literal["failed", "cancelled"], dict[str, Any] | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Work of one sort.

    Args:
        max_attempts: how often it is begun before it is given up.
        soft_seconds: after which an attempt ends as `time_limit`.
        ended: what follows for the entity when an item ends as `failed` or `cancelled`, in the same transaction, whoever ends it.
    """

    name: str
    queue: str
    handle: Handle
    max_attempts: int = 3
    soft_seconds: float = 1500.0
    ended: Ended | None = None


_kinds: dict[str, Kind] = {}


def handler(
    name: str, *, queue: str = "default", max_attempts: int = 3, soft_seconds: float = 1500.0, ended: Ended | None = None
) -> Callable[[Handle], Handle]:
    """Say who handles a kind of work.

    Raises:
        ValueError: there is no such queue, or somebody else handles that kind.
    """
    if queue not in QUEUES:
        raise ValueError(f"there is no queue {queue!r}; there are {', '.join(QUEUES)}")

    def register(handle: Handle) -> Handle:
        known = _kinds.get(name)
        if known is not None and (known.handle.__module__, known.handle.__qualname__) != (handle.__module__, handle.__qualname__):
            raise ValueError(f"{name} is handled by {known.handle.__module__}.{known.handle.__qualname__} already")
        _kinds[name] = Kind(name, queue, handle, max_attempts, soft_seconds, ended)
        return handle

    return register


def kind_named(name: str) -> Kind:
    """A kind by its name.

    Raises:
        LookupError: nobody handles it.
    """
    if name not in _kinds:
        load_handlers()
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"nobody handles {name!r}") from None


def all_kinds() -> tuple[Kind, ...]:
    """Everything that somebody handles."""
    load_handlers()
    return tuple(_kinds.values())


def load_handlers() -> None:
    """Load `handlers.py` of every feature that has one."""
    subjects = import_module("argus.features")
    for subject in pkgutil.iter_modules(subjects.__path__):
        package = import_module(f"argus.features.{subject.name}")
        folders = [f"{package.__name__}.{feature.name}" for feature in pkgutil.iter_modules(package.__path__) if feature.ispkg]
        for folder in [package.__name__, *folders]:
            if find_spec(f"{folder}.handlers") is not None:
                import_module(f"{folder}.handlers")
