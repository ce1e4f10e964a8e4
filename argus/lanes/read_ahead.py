"""Answers that are read while it is still found out who asks.

A list is the same for everybody who is logged in, so its read need not wait for that of the caller: the two go to the database together,
and a request waits for it once. Nothing of the answer is told before the caller may have it; a caller who may not gets the refusal and
nothing else, whatever the service found.

For services that read little: whoever sends a token that nobody has makes them read it too, as often as all who ask together do once.
What is wrong with an argument is the service's to say: an error of the router would come before that of the guard.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec

from argus.auth.identity import Head, require_login, who_calls
from argus.auth.session import Session
from argus.kit.answer import Answer
from argus.kit.sharing import leave
from argus.lanes.together import begin_together, together
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.store import read_only

P = ParamSpec("P")


async def read_ahead(
    runtime: Runtime,
    head: Head,
    session: Session,
    known: Callable[[User | None], None],
    service: Callable[Concatenate[Runtime, P], Awaitable[Any]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Answer:
    """What `together` gives, for anybody who is logged in.

    Args:
        known: is told who calls, once that is known and before it is judged.

    Raises:
        LoginRequired, TunnelAccount, APIException, ValueError: the caller may not have it; see `who_calls`.
        Exception: what the service raises.
    """
    if not _names_somebody(head, session) or read_only.get() is not None:
        known(user := await who_calls(runtime, head, session))
        require_login(user)
        return await together(runtime, service, *args, **kwargs)
    reading = begin_together(runtime, service, *args, **kwargs)
    try:
        known(user := await who_calls(runtime, head, session))
        require_login(user)
        return await reading
    finally:
        leave(reading)
        del reading  # an error of it leads here by its traceback


def _names_somebody(head: Head, session: Session) -> bool:
    """Whether a request brings what may turn out to be somebody's; keys of the extensions are rare, and checked first."""
    if head.authorization:
        return True
    return head.api_key is None and bool(session.get("user_id"))
