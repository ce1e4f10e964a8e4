"""How sessions begin and end. A cookie cannot be taken back, so the store tells which ones are over.

A session carries an id of its own and its account's epoch. Logging out ends the one with that id; a new password gives the account
another epoch, which ends all of them. Cookies of the reference carry neither: they hold until anything of their account was ended.
"""

from __future__ import annotations

import asyncio
import secrets
from uuid import UUID

from argus.auth.session import MAX_AGE, Session
from argus.kit.clock import now
from argus.kit.parse import uuid_of
from argus.models.security import SessionEnd
from argus.models.user import User
from argus.storage.statements import Batch, insert, is_in, select, update
from argus.storage.store import Store

ACCOUNT = "all"  # where an account's own row stands among those of its sessions


def owner_of(session: Session) -> str | None:
    """The id of the user who logged in, also while that user impersonates another one."""
    owner = session.get("original_user") or session.get("user_id")
    return str(owner) if owner else None


async def epoch_of(store: Store, user_id: UUID) -> str:
    """What sessions that begin now carry. Ask before the password is checked: then none outlives a change that came in between."""
    account = await store.find(SessionEnd, user_id=user_id, session_id=ACCOUNT)
    return (account.epoch if account else None) or ""


def begin(session: Session, user: User, epoch: str) -> None:
    """Log a user in, without an impersonation."""
    session.pop("original_user", None)
    session["user_id"] = str(user.id)
    session["session_id"] = secrets.token_hex(16)
    session["epoch"] = epoch


async def is_over(store: Store, session: Session, owner: UUID) -> bool:
    """Whether a session was ended."""
    mine = str(session.get("session_id") or "")
    ends = await store.all(select(SessionEnd).where(is_in("session_id", [ACCOUNT, mine] if mine else [ACCOUNT]), user_id=owner))
    account = next((end for end in ends if end.session_id == ACCOUNT), None)
    return any(end.session_id == mine for end in ends) or (account is not None and session.get("epoch") != (account.epoch or ""))


async def end(store: Store, session: Session) -> None:
    """Log out: this session is over, and with it those of the account that cannot be told apart."""
    owner = owner_of(session)
    if owner is None:
        return
    user_id, mine = uuid_of(owner), str(session.get("session_id") or "")
    account = update(SessionEnd, user_id=user_id, session_id=ACCOUNT).set(at=now())
    if mine:
        await store.write(Batch((account, insert(SessionEnd(user_id=user_id, session_id=mine, at=now()), ttl=MAX_AGE))))
    else:
        await store.write(account)


async def end_all(store: Store, user_id: UUID) -> str:
    """End every session of an account.

    Returns:
        The epoch of those that begin from now on.
    """
    epoch = secrets.token_hex(16)
    await store.write(update(SessionEnd, user_id=user_id, session_id=ACCOUNT).set(epoch=epoch, at=now()))
    return epoch


async def identified(store: Store, session: Session, user_id: UUID, owner: UUID) -> User | None:
    """The user of a session; None when the account is gone or the session over. Both are asked at once."""
    user, over = await asyncio.gather(store.find(User, id=user_id), is_over(store, session, owner))
    return None if over else user
