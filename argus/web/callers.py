"""Who sends a request, for canaries: asked before either lane runs, and only on routes that have one."""

from __future__ import annotations

from starlette.types import Scope

from argus.auth.identity import identify
from argus.auth.session import SessionCodec
from argus.kit.errors import APIException
from argus.models.enums import UserRoles
from argus.storage.errors import StorageError
from argus.web.fastapi_app import session_cookie
from argus.web.gateway_state import OpenStore
from strangler.canary import Caller, CallerOf


def callers(codec: SessionCodec, open_store: OpenStore) -> CallerOf:
    """The caller of a request by user name; administrators may choose a lane.

    The session cookie holds no id of the browser, so its login stands for it. A caller whose token or session the lane is going to refuse
    counts as anonymous here; the refusal is the lane's.
    """

    async def caller_of(scope: Scope) -> Caller:
        authorization = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), None)
        session = codec.load(session_cookie(scope))
        login = session.get("user_id")
        if not authorization and not login:
            return Caller()
        try:
            user = await identify(await open_store(), authorization, session)
        except (APIException, StorageError, ValueError):
            return Caller()
        if user is None:
            return Caller()
        return Caller(user.username or str(user.id), str(login) if login else None, UserRoles.Admin in user.roles)

    return caller_of
