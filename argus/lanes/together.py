"""Answers that are the same for everybody, worked out once for all who ask for them together.

For services that read, and whose outcome depends on nothing but their arguments: lists, statistics, graphs. Arguments are texts, ids,
numbers and tuples of these. The rules of sharing are those of `argus.kit.sharing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Concatenate, ParamSpec

from argus.domain.answers import large_ok
from argus.kit.answer import JSON, Answer
from argus.kit.json import encode_ok
from argus.kit.sharing import Sharing
from argus.runtime import Runtime
from argus.storage.store import read_only

P = ParamSpec("P")


class _Answers(Sharing[Answer]):
    """Those of one worker."""


async def together(
    runtime: Runtime, service: Callable[Concatenate[Runtime, P], Awaitable[Any]], /, *args: P.args, **kwargs: P.kwargs
) -> Answer:
    """The answer that a service gives, or the success envelope around what it gives.

    The service runs in the context of one of its callers, without that caller's deadline.

    Raises:
        Exception: what the service raises; each caller gets one of his own.
    """
    return await _shared(_answer, runtime, service, args, kwargs)


async def together_large(
    runtime: Runtime, service: Callable[Concatenate[Runtime, P], Awaitable[Any]], /, *args: P.args, **kwargs: P.kwargs
) -> Answer:
    """As `together`, for what is so large that it is encoded in a thread."""
    return await _shared(large_ok, runtime, service, args, kwargs)


def begin_together(
    runtime: Runtime, service: Callable[Concatenate[Runtime, P], Awaitable[Any]], /, *args: P.args, **kwargs: P.kwargs
) -> asyncio.Future[Answer]:
    """As `together`, under way before it is awaited; `argus.kit.sharing.leave` it when it is not wanted any more.

    Raises:
        TypeError: an argument that is compared with nothing.
    """
    return runtime.own(_Answers).begin(*_shareable(_answer, runtime, service, args, kwargs))


async def _answer(_runtime: Runtime, outcome: Any) -> Answer:
    return outcome if isinstance(outcome, Answer) else Answer(encode_ok(outcome), 200, JSON)


async def _shared(
    answer: Callable[[Runtime, Any], Awaitable[Answer]],
    runtime: Runtime,
    service: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Answer:
    key, work = _shareable(answer, runtime, service, args, kwargs)
    if read_only.get() is not None:  # a request that is only played: what it may not do, the others may
        return await work()
    try:
        shared = runtime.own(_Answers).do(key, work)
    except TypeError:  # an argument that is compared with nothing, as a list is
        return await work()
    return await shared


def _shareable(
    answer: Callable[[Runtime, Any], Awaitable[Answer]],
    runtime: Runtime,
    service: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[Hashable, Callable[[], Awaitable[Answer]]]:
    """What two questions share that are the same, and the work."""

    async def work() -> Answer:
        return await answer(runtime, await service(runtime, *args, **kwargs))

    return (service, args, tuple(map(type, args)), tuple(kwargs.items())), work
