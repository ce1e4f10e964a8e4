"""Stored statistics, written so that none outlives the change that made it old (docs/contract/core.md#stored-statistics).

Whoever computes first lays down a ticket beside the snapshots. What drops them drops the ticket too, so that a result of data read before
a change is not stored after it: the result goes in only if its ticket is still there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from argus.kit.clock import now
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.storage.errors import StorageError
from argus.storage.statements import batch, delete, insert, select
from argus.storage.store import Store

log = logging.getLogger("argus.stats")


@dataclass(frozen=True, slots=True)
class Made:
    """Statistics as JSON, and when they were made; what another system stored may not say."""

    payload: str
    at: datetime | None


async def stored(store: Store, release_id: UUID, key: str) -> Made | None:
    """What is stored for these filters."""
    snapshot = await store.find(ReleaseStatsSnapshot, release_id=release_id, filter_key=key)
    return Made(snapshot.payload, snapshot.generated_at) if snapshot and snapshot.payload else None


async def made_at(store: Store, release_id: UUID, key: str) -> datetime | None:
    """When the statistics were made that are stored for these filters; None where none are."""
    snapshot = await store.first(select(ReleaseStatsSnapshot, "generated_at").where(release_id=release_id, filter_key=key))
    return snapshot.generated_at if snapshot else None


async def lay_ticket(store: Store, release_id: UUID, key: str) -> str:
    """Announce that statistics are going to be computed, before anything is read for them. Best effort.

    Returns:
        The ticket; it begins like `key`, so that whatever drops the one drops the other.
    """
    ticket = f"{key}::ticket={uuid4()}"
    try:
        await store.save(ReleaseStatsSnapshot(release_id=release_id, filter_key=ticket, generated_at=now()))
    except StorageError:
        log.exception("statistics of release %s will not be stored", release_id)
    return ticket


async def redeem(store: Store, release_id: UUID, key: str, ticket: str, payload: str) -> Made:
    """Store what was computed, unless something changed since the ticket was laid. Best effort."""
    made = Made(payload, now())
    snapshot = ReleaseStatsSnapshot(release_id=release_id, filter_key=key, payload=payload, generated_at=made.at)
    spent = delete(ReleaseStatsSnapshot).where(release_id=release_id, filter_key=ticket).if_exists()
    try:
        await store.write(batch(spent, insert(snapshot)))
    except StorageError:
        log.exception("cannot store the statistics of release %s", release_id)
    return made


async def tear_up(store: Store, release_id: UUID, ticket: str) -> None:
    """Take back the ticket of a computation that failed. Best effort."""
    try:
        await store.write(delete(ReleaseStatsSnapshot).where(release_id=release_id, filter_key=ticket))
    except StorageError:
        log.exception("cannot take back %s of release %s", ticket, release_id)
