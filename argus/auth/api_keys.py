"""API keys: `argk_<8 hex digits>_<43 characters>`. Checked here for extension routes and for the API that was there before.

What a check found is remembered for four seconds, so a busy key costs one look-up in that time, and a revocation counts in every process
within five. Nothing here loads SQLAlchemy before a key comes.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from argus.db.opening import opened_database
from argus.kit import logs
from argus.kit.clock import now
from argus.models.user import User
from argus.runtime import Runtime

if TYPE_CHECKING:
    from argus.db.database import Database

T = TypeVar("T")

log = logging.getLogger("argus.auth")

REMEMBERED = 4.0  # seconds
MOST_REMEMBERED = 2000
SEEN_EVERY = timedelta(seconds=300)
_SHAPE = re.compile(r"argk_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it was found."""

    id: str
    secret_hash: str
    user_id: UUID
    scopes: frozenset[str]
    expires_at: datetime | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Who calls with a key, and what it allows."""

    user: User
    key_id: str
    scopes: frozenset[str]


class InvalidKey(Exception):
    """No such key, or it counts no more."""


class Remembered:
    """What this worker knows of keys, for a moment."""

    def __init__(self) -> None:
        self.keys: OrderedDict[str, tuple[float, Key | None]] = OrderedDict()
        self.seen: OrderedDict[str, float] = OrderedDict()

    def forget(self, prefix: str) -> None:
        """Look again at the next use."""
        self.keys.pop(prefix, None)


def _remember(kept: OrderedDict[str, T], name: str, value: T) -> None:
    """Put a value in, as the newest; the oldest go."""
    kept[name] = value
    kept.move_to_end(name)
    while len(kept) > MOST_REMEMBERED:
        kept.popitem(last=False)


def new_key() -> tuple[str, str, str]:
    """A key, its prefix and the hash of its secret."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    return f"argk_{prefix}_{secret}", prefix, hashed(secret)


def hashed(secret: str) -> str:
    """What is kept of a secret of 256 random bits: nobody can try them all, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def check(runtime: Runtime, text: str, address: str | None = None) -> KeyUse:
    """Who calls with this key.

    Raises:
        InvalidKey: it is malformed, unknown, revoked or expired, or its user is gone.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise InvalidKey
    key = await _find(runtime, match[1])
    secret_hash = key.secret_hash if key else "0" * 64
    if not hmac.compare_digest(hashed(match[2]), secret_hash) or key is None or key.revoked:
        raise InvalidKey
    if key.expires_at is not None and key.expires_at <= now().replace(tzinfo=UTC):
        raise InvalidKey
    user = await runtime.store.find(User, id=key.user_id)
    if user is None:
        raise InvalidKey
    _note_use(runtime, key, address)
    return KeyUse(user, key.id, key.scopes)


async def _find(runtime: Runtime, prefix: str) -> Key | None:
    known = runtime.own(Remembered).keys
    at = time.monotonic()
    if (found := known.get(prefix)) is not None and at - found[0] < REMEMBERED:
        return found[1]
    key = await _read(await opened_database(runtime), prefix)
    _remember(known, prefix, (at, key))
    return key


async def _read(database: Database, prefix: str) -> Key | None:
    from sqlalchemy import select

    from argus.auth.tables import ApiKey

    async with database.reading() as session:
        row = await session.scalar(select(ApiKey).where(ApiKey.token_prefix == prefix))
    if row is None:
        return None
    return Key(row.id, row.secret_hash, UUID(row.user_id), frozenset(row.scopes), row.expires_at, row.revoked_at is not None)


def _note_use(runtime: Runtime, key: Key, address: str | None) -> None:
    """Keep when a key was last used, behind the answer and at most every five minutes."""
    seen, at = runtime.own(Remembered).seen, time.monotonic()
    if at - seen.get(key.id, float("-inf")) < SEEN_EVERY.total_seconds():
        return
    _remember(seen, key.id, at)
    runtime.spawn(_keep_use(runtime, key.id, address))


async def _keep_use(runtime: Runtime, key_id: str, address: str | None) -> None:
    from sqlalchemy import or_, update
    from sqlalchemy.exc import SQLAlchemyError

    from argus.auth.tables import ApiKey
    from argus.db.base import moment

    at = moment()
    long_ago = or_(ApiKey.last_seen_at.is_(None), ApiKey.last_seen_at <= at - SEEN_EVERY)  # also for what other processes wrote
    try:
        database = await opened_database(runtime)
        async with database.transaction() as session:
            await session.execute(
                update(ApiKey).where(ApiKey.id == key_id, long_ago).values(last_seen_at=at, last_seen_ip=address[:64] if address else None)
            )
    except (SQLAlchemyError, OSError) as problem:
        log.warning("when a key was last used could not be kept: %s", logs.redacted(repr(problem)))
