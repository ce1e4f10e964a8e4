"""What the two shells of the deduper have in common: a request without a framework, and the way to its endpoint.

Nothing here loads SQLAlchemy: an installation that does not use the deduper does not pay for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from argus.kit.errors import RequestEntityTooLarge
from argus.kit.pools import HOUSEKEEPING

if TYPE_CHECKING:
    from argus.auth.identity import Head
    from argus.auth.session import Session
    from argus.kit.answer import Answer
    from argus.runtime import Runtime

LONGEST = 64 * 1024  # bytes of a body
ENDPOINTS = "argus.features.deduper.endpoints"


@dataclass(frozen=True, slots=True)
class Call:
    """A request, as both shells hand it over.

    Args:
        body: None when it is longer than `LONGEST`.
        key: the header `Idempotency-Key`.
        counted: whether it counts for the caller's rate; what keeps a socket open does not.
        standalone: whether the deduper is served alone; only then does the shared token count.
    """

    head: Head
    session: Session
    query: dict[str, str]
    framework: str
    body: bytes | None = b""
    path: dict[str, str] = field(default_factory=dict)
    standalone: bool = False
    key: str | None = None
    counted: bool = True


class _Loaded:
    """The module of the endpoints, once it is loaded."""

    def __init__(self) -> None:
        self.module: Any = None


async def answer(runtime: Runtime, name: str, call: Call) -> Answer:
    """The answer of an endpoint of `endpoints.py`; the first request loads it, in a thread."""
    loaded = runtime.own(_Loaded)
    if loaded.module is None:
        loaded.module = await runtime.blocking(HOUSEKEEPING, import_module, ENDPOINTS)
    found: Answer = await loaded.module.serve(runtime, name, call)
    return found


def read(call: Call) -> bytes:
    """The body of a request.

    Raises:
        RequestEntityTooLarge
    """
    if call.body is None:
        raise RequestEntityTooLarge
    return call.body
