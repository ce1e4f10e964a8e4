"""Requests that may be sent again: the same key by the same caller within a day has one effect, and gets the first answer.

The row of a key is made before the work begins, and gets the answer in the transaction of the work. A process that dies in between leaves
a row that counts no more after a minute.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.database import Database
from argus.platform.errors import Conflict, Invalid
from argus.platform.tables import Idempotency

KEPT = timedelta(hours=24)
HELD = timedelta(seconds=90)  # by a request that is being served; longer than any may take
PATIENCE = 30.0  # seconds that a repetition waits for the first answer
LARGEST_ANSWER = 256 * 1024  # bytes
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request with a key."""

    user_id: str
    key: str
    body_hash: str

    async def begin(self, database: Database) -> Kept | None:
        """Take the key; the first answer where it was used before.

        Raises:
            Conflict: it was used for something else, or the first request is still being served.
        """
        until = time.monotonic() + PATIENCE
        while True:
            if await self._take(database):
                return None
            async with database.reading() as session:
                found = await session.get(Idempotency, (self.user_id, self.key))
            if found is None:
                continue
            if found.body_hash != self.body_hash:
                raise Conflict("idempotency_conflict", "This Idempotency-Key was used for another request")
            if found.status is not None:
                headers = [(str(name), str(value)) for name, value in found.headers or []]
                return Kept(found.status, headers, found.answer or b"")
            if time.monotonic() > until:
                raise Conflict("idempotency_in_progress", "The first request with this Idempotency-Key is still being served")
            await asyncio.sleep(0.05)

    async def _take(self, database: Database) -> bool:
        insert: Any = sqlite_insert if database.is_sqlite else postgres_insert
        at = moment()
        row = insert(Idempotency).values(user_id=self.user_id, key=self.key, body_hash=self.body_hash, expires_at=at + HELD)
        fresh = {
            "body_hash": row.excluded.body_hash,
            "expires_at": row.excluded.expires_at,
            "status": None,
            "answer": None,
            "headers": None,
        }
        row = row.on_conflict_do_update(index_elements=["user_id", "key"], set_=fresh, where=Idempotency.expires_at <= at)
        async with database.transaction() as session:
            return (await session.execute(row.returning(Idempotency.key))).first() is not None

    async def keep(self, session: AsyncSession, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """Keep the answer, as part of the transaction that it is about."""
        values = {"status": status, "headers": [list(each) for each in headers], "answer": body, "expires_at": moment() + KEPT}
        mine = (Idempotency.user_id == self.user_id, Idempotency.key == self.key)
        await session.execute(update(Idempotency).where(*mine).values(**values))

    async def forget(self, database: Database) -> None:
        """Nothing came of it: the key may be used again."""
        mine = (Idempotency.user_id == self.user_id, Idempotency.key == self.key, Idempotency.status.is_(None))
        async with database.transaction() as session:
            await session.execute(delete(Idempotency).where(*mine))


def repeatable(user_id: str, key: str, method: str, path: str, body: bytes) -> Repeatable:
    """A request with a key.

    Raises:
        Invalid: the key is none.
    """
    if not _KEY.fullmatch(key):
        raise Invalid("bad_idempotency_key", "Idempotency-Key is 1 to 128 printable ASCII characters")
    return Repeatable(user_id, key, hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest())


async def remove_expired(session: AsyncSession, limit: int = 1000) -> int:
    """Remove rows that count no more, some at a time."""
    old = select(Idempotency.user_id, Idempotency.key).where(Idempotency.expires_at <= moment()).limit(limit)
    rows = (await session.execute(old)).all()
    for row in rows:
        await session.execute(delete(Idempotency).where(Idempotency.user_id == row.user_id, Idempotency.key == row.key))
    return len(rows)
