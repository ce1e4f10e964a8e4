"""The security log: who logged in, what was changed of accounts, what administrators did, and who stood behind an impersonated account.

Each event is a line of the logger `argus.security`, a row that administrators read (docs/security.md), and a count. Rows that anybody can
cause are bounded: after `MOST` within a minute a worker only logs and counts.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from datetime import datetime

from prometheus_client import Counter

from argus.kit import logs
from argus.kit.clock import now
from argus.models.security import SecurityEvent, SecurityEvents
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import insert, lt, select
from argus.storage.store import read_only

log = logging.getLogger("argus.security")

MOST = 60  # rows a minute and worker
LONGEST = 200  # characters of a text that callers chose
DAY = 24 * 3600  # seconds
ANONYMOUS = frozenset({SecurityEvents.LOGIN_FAILED, SecurityEvents.LOGIN_BRAKED})

events_total = Counter("argus_security_events_total", "Events of the security log", ["what"])


class Written(deque[float]):
    """When the latest rows that strangers caused were written."""

    def __init__(self) -> None:
        super().__init__(maxlen=MOST)

    def may_grow(self) -> bool:
        """Whether another one may be written; it is then counted."""
        moment = time.monotonic()
        if len(self) == MOST and moment - self[0] < 60:
            return False
        self.append(moment)
        return True


async def record(runtime: Runtime, what: SecurityEvents, account: User | str | None = None, details: str = "") -> None:
    """Tell of an event. It never fails: what it tells of has happened, and its line is logged in any case.

    Args:
        account: whom it is about, or the name that was tried; None: the actor.
        details: what was asked for or changed; no secret.
    """
    if read_only.get() is not None:
        return  # a copy of a request, played for comparison
    request = logs.serving()
    event = SecurityEvent(
        month=_month(moment := now()),
        at=moment,
        what=what.value,
        account=_short(account.username if isinstance(account, User) else account or request.get("user")),
        account_id=account.id if isinstance(account, User) else None,
        actor=_short(request.get("user")),
        impersonator=_short(request.get("impersonator")),
        address=_short(request.get("remote_addr")),
        request_id=_short(request.get("request_id")),
        details=_short(details),
    )
    events_total.labels(what.value).inc()
    told = {name: getattr(event, name) for name in ("account", "actor", "impersonator", "details")}
    log.info("%s", what.value, extra={name: text for name, text in told.items() if text})
    if what in ANONYMOUS and not runtime.own(Written).may_grow():
        return
    try:
        await runtime.store.write(insert(event, ttl=runtime.settings.SECURITY_LOG_DAYS * DAY))
    except StorageError:
        log.exception("an event of the security log could not be kept")


def _short(text: str | None) -> str | None:
    return text[:LONGEST] if text else None


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


async def latest(runtime: Runtime, limit: int, before: datetime | None = None) -> list[SecurityEvent]:
    """Events, the newest first, as far back as they are kept.

    Args:
        before: only what came earlier.
    """
    found: list[SecurityEvent] = []
    moment = before or now()
    year, month = moment.year, moment.month
    for _ in range(runtime.settings.SECURITY_LOG_DAYS // 28 + 2):
        statement = select(SecurityEvent).where(month=f"{year:04}-{month:02}").limit(limit - len(found))
        found += await runtime.store.all(statement.where(lt("at", before)) if before else statement)
        if len(found) >= limit:
            break
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found
