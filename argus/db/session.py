"""Sessions, and what happens once a transaction is committed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from argus.runtime import Runtime

log = logging.getLogger("argus.db")

_AFTER = "argus.after_commit"
RUNTIME = "argus.runtime"


class UnitSession(Session):
    """The session behind an `AsyncSession` of ours."""


def after_commit(session: AsyncSession, call: Callable[[], Any]) -> None:
    """Call it once what this session writes is committed, in the order of asking; never if it is rolled back.

    For messages to those who watch, which must not be about what did not happen. `call` is quick, and on the event loop; what it raises is
    logged: what was committed stays so.
    """
    session.info.setdefault(_AFTER, []).append(call)


def runtime_of(session: AsyncSession) -> Runtime | None:
    """The runtime whose database a session is of; None where a command or a test opened it by itself."""
    runtime: Runtime | None = session.info.get(RUNTIME)
    return runtime


@asynccontextmanager
async def apart(session: AsyncSession) -> AsyncIterator[None]:
    """A part of a transaction that may fail alone: then what it wrote, and what was to follow it, is taken back, and the rest stays."""
    before = list(session.info.get(_AFTER, ()))
    try:
        async with session.begin_nested():
            yield
    except Exception:
        session.info[_AFTER] = before
        raise


@event.listens_for(UnitSession, "after_commit")
def _committed(session: Session) -> None:
    if session.in_nested_transaction():  # the end of a part (`apart`)
        return
    for call in session.info.pop(_AFTER, []):
        try:
            call()
        except Exception:
            log.exception("what was to follow a commit failed")


@event.listens_for(UnitSession, "after_rollback")
def _rolled_back(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.info.pop(_AFTER, None)
