"""The state that gateways share, in the store."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from argus.models.gateway import GatewayJournal, GatewayOverride, GatewayReport
from argus.storage.statements import Select, delete, insert, select, update
from argus.storage.store import Store
from strangler.registry import LANES
from strangler.state import ALL, Entry, Override, blueprint_of

SCOPE = "all"
YEARS = 10  # of the journal that are looked through

OpenStore = Callable[[], Awaitable[Store]]


class StoredState:
    """`strangler.state.SharedState` over a store, which is opened on first use."""

    def __init__(self, open_store: OpenStore) -> None:
        self._open = open_store

    async def overrides(self) -> list[Override]:
        store = await self._open()
        return [found for row in await store.all(select(GatewayOverride).where(scope=SCOPE)) if (found := _override(row)) is not None]

    async def place(self, override: Override, instead_of: Override | None = None) -> bool:
        store = await self._open()
        values = asdict(override)
        if instead_of is None:
            return await store.create(GatewayOverride(scope=SCOPE, **values))
        subject = values.pop("subject")
        change = update(GatewayOverride, scope=SCOPE, subject=subject).set(**values).only_if(at=instead_of.at, who=instead_of.who)
        return (await store.write(change)).applied

    async def lift(self, override: Override) -> bool:
        store = await self._open()
        row = delete(GatewayOverride).where(scope=SCOPE, subject=override.subject).only_if(at=override.at, who=override.who)
        return (await store.write(row)).applied

    async def publish(self, topic: str, worker: str, value: Any, keep: int) -> None:
        store = await self._open()
        await store.write(insert(GatewayReport(topic=topic, worker=worker, value=json.dumps(value)), ttl=keep))

    async def published(self, topic: str) -> dict[str, Any]:
        store = await self._open()
        rows = await store.all(select(GatewayReport).where(topic=topic))
        return {row.worker: json.loads(row.value) for row in rows if row.value is not None}

    async def write(self, entry: Entry) -> bool:
        store = await self._open()
        return await store.create(GatewayJournal(year=entry.at.year, **asdict(entry)))

    async def journal(self, limit: int = 100, blueprint: str | None = None) -> list[Entry]:
        store = await self._open()
        found: list[Entry] = []
        async for row in _latest(store):
            entry = _entry(row)
            if blueprint is None or blueprint_of(entry.subject) == blueprint:
                found.append(entry)
            if len(found) >= min(limit, ALL):
                break
        return found


async def _latest(store: Store) -> AsyncIterator[GatewayJournal]:
    """Rows of the journal, the last one first, year by year."""
    this = datetime.now(UTC).year
    for year in range(this, this - YEARS, -1):
        statement: Select[GatewayJournal] = select(GatewayJournal).where(year=year)
        async for row in store.rows(statement):
            yield row


def _override(row: GatewayOverride) -> Override | None:
    """None for the remains of a row whose removal and writing crossed."""
    owner = next((lane for lane in LANES if lane == row.owner), None)
    if owner is None or row.at is None:
        return None
    return Override(row.subject, owner, row.percent or 0, row.basis or "", row.who or "", row.why or "", _utc(row.at))


def _entry(row: GatewayJournal) -> Entry:
    names = ("subject", "what", "before", "after", "who", "source", "why", "evidence")
    return Entry(**{name: getattr(row, name) or "" for name in names}, at=_utc(row.at), id=row.id)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
