"""Who sends a request, for canaries: asked before either lane runs, and only on routes that have one."""

from __future__ import annotations

from starlette.types import Scope

from argus.auth.api_keys import InvalidKey, check
from argus.auth.bearer import InvalidBearer, user_of
from argus.auth.identity import identify
from argus.auth.session import Session, SessionCodec
from argus.kit.errors import APIException
from argus.models.enums import UserRoles
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.web.fastapi_app import OpenRuntime, session_cookie
from strangler.canary import Caller, CallerOf


def callers(codec: SessionCodec, open_runtime: OpenRuntime) -> CallerOf:
    """The caller of a request by user name; administrators may choose a lane.

    The session cookie holds no id of the browser, so its login stands for it. A caller whose token or session the lane is going to refuse
    counts as anonymous here; the refusal is the lane's.
    """

    async def caller_of(scope: Scope) -> Caller:
        authorization = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), None)
        key = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-api-key"), None)
        session = codec.load(session_cookie(scope))
        login = session.get("user_id")
        if not authorization and not login and not key:
            return Caller()
        try:
            user = await _user_of(await open_runtime(), key, authorization, session)
        except (APIException, StorageError, ValueError, InvalidKey, InvalidBearer):
            return Caller()
        if user is None:
            return Caller()
        return Caller(user.username or str(user.id), str(login) if login else None, UserRoles.Admin in user.roles)

    return caller_of


async def _user_of(runtime: Runtime, key: str | None, authorization: str | None, session: Session) -> User | None:
    if key and not authorization:
        return (await check(runtime, key)).user
    if authorization and authorization[:7].lower() == "bearer ":
        return await runtime.store.find(User, id=user_of(runtime.settings, authorization[7:].strip()))
    return await identify(runtime.store, authorization, session)
