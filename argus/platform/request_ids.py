"""The id of the request that is served, for answers and for whatever follows from it."""

from __future__ import annotations

from argus.kit import logs
from argus.kit.ulids import new_ulid


def request_id() -> str:
    """The id of the request that is served; one of our own outside of one."""
    return logs.serving().get("request_id") or new_ulid()
