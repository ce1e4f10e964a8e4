"""Invalidation of stored release statistics: best effort, a failure is logged and changes no answer.

Contract: docs/contract/core.md#stored-statistics.
"""

from __future__ import annotations

import logging
from uuid import UUID

from argus.models.snapshot import ReleaseStatsSnapshot
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import Delete, batch, delete, ge, lt

log = logging.getLogger("argus.snapshots")


def filter_key(version: str | None, image: str | None, no_version: bool, limited: bool) -> str:
    """The key under which statistics with these filters are stored; an empty version or image is none."""
    return f"{_prefix(version)}img={image or ''}::nov={no_version:d}::lim={limited:d}"


async def invalidate_release(runtime: Runtime, release_id: UUID | None) -> None:
    """Drop everything stored for a release: its catalogue, plans, comments, issues or the state of a run changed."""
    if release_id is None:
        return
    try:
        await runtime.store.write(delete(ReleaseStatsSnapshot).where(release_id=release_id))
    except StorageError:
        log.exception("cannot drop the statistics of release %s", release_id)


async def invalidate_version(runtime: Runtime, release_id: UUID | None, version: str | None) -> None:
    """Drop what is stored for exactly this version and for no version: a run was submitted or finished."""
    if release_id is None:
        return
    prefixes = dict.fromkeys((_prefix(version), _prefix(None)))
    try:
        await runtime.store.write(batch(*(_beginning_with(release_id, prefix) for prefix in prefixes)))
    except StorageError:
        log.exception("cannot drop the statistics of version %r of release %s", version, release_id)


def _prefix(version: str | None) -> str:
    return f"v={version or ''}::"


def _beginning_with(release_id: UUID, prefix: str) -> Delete:
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return delete(ReleaseStatsSnapshot).where(ge("filter_key", prefix), lt("filter_key", end), release_id=release_id)
