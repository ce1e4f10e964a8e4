"""The FastAPI lane's side: dependencies for routers, and how answers become responses.

Order of checks is the contract's: login, role, content type, body, then values one by one. So guards come first in a signature,
the body is a dependency (`JsonBody`) and never a pydantic parameter, and path and query parameters are text that carries its format.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Concatenate, Generic, Literal, ParamSpec, TypeVar
from urllib.parse import quote

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.types import Scope

from argus.auth.identity import USER, Head, admin_calls, require_login, require_tunnel_server, who_calls
from argus.auth.session import Session
from argus.kit.answer import JSON, Answer
from argus.kit.errors import RequestEntityTooLarge
from argus.kit.forms import Form, form_reader
from argus.kit.json import encode_ok
from argus.kit.large_json import LARGE, LONGEST, Raw
from argus.kit.losses import begin
from argus.kit.parse import loads, loads_in_thread, need_json
from argus.kit.pools import DOCUMENTS
from argus.lanes.page import Page, render_page
from argus.lanes.read_ahead import read_ahead
from argus.models.user import User
from argus.runtime import Runtime

P = ParamSpec("P")
T = TypeVar("T")


class Ok(BaseModel, Generic[T]):
    """The success envelope, for the documentation (docs/contract/conventions.md#the-success-envelope)."""

    status: Literal["ok"] = "ok"
    response: T


def ok(payload: Any, **headers: str) -> Response:
    """The success envelope. Header names take `_` for `-`: `ok(x, Cache_Control="max-age=60")`."""
    return Response(encode_ok(payload), media_type=JSON, headers={k.replace("_", "-"): v for k, v in headers.items()} or None)


def send(answer: Answer, **headers: str) -> Response:
    """An answer as a response. Names of further headers take `_` for `-`: `send(x, Cache_Control="max-age=60")`."""
    response = Response(answer.body, answer.status)
    told = [("content-type", answer.media_type)] if answer.media_type else []
    told += [*answer.headers, *((name.replace("_", "-"), value) for name, value in headers.items())]
    response.raw_headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in told]
    return response


IN_PATH = "!$&'()*+,/:;=@"  # what a path may hold as it is


WHOLE_QUERY = "argus.query"
"""Where a scope keeps the query as it came, when repeated parameters were taken out of it."""


def whole_query(scope: Scope) -> str:
    """The query of a request as it came."""
    query: bytes = scope.get(WHOLE_QUERY, scope["query_string"])
    return query.decode("latin-1")


def address(request: Request) -> str:
    """The whole address of a request, encoded (Starlette's `request.url` holds the decoded path)."""
    query = whole_query(request.scope)
    return f"{request.base_url}{quote(request.scope['path'].lstrip('/'), safe=IN_PATH)}" + (f"?{query}" if query else "")


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _session(request: Request) -> Session:
    session: Session = request.scope["argus.session"]
    return session


RuntimeDep = Annotated[Runtime, Depends(_runtime)]
SessionDep = Annotated[Session, Depends(_session)]


def head_of(request: Request) -> Head:
    """What says who calls."""
    scope = request.scope
    told: dict[bytes, bytes] = dict(reversed(scope["headers"]))  # of a name that comes twice, the first

    def header(name: bytes) -> str | None:
        value = told.get(name)
        return None if value is None else value.decode("latin-1")

    return Head(
        scope["method"],
        scope["path"],
        header(b"host"),
        header(b"authorization"),
        header(b"origin"),
        header(b"sec-fetch-site"),
        header(b"x-api-key"),
        scope["client"][0] if scope.get("client") else None,
    )


async def _identity(request: Request, runtime: RuntimeDep, session: SessionDep) -> User | None:
    user = await who_calls(runtime, head_of(request), session)
    request.scope[USER] = user
    return user


Caller = Annotated[User | None, Depends(_identity)]
"""The caller, or None: for routes that need no login."""


async def _logged_in(user: Caller) -> User:
    return require_login(user)


async def _admin(request: Request, runtime: RuntimeDep, user: Caller) -> User:
    return await admin_calls(runtime, head_of(request), user)


async def _tunnel_server(user: Caller) -> User:
    return require_tunnel_server(user)


LoggedIn = Annotated[User, Depends(_logged_in)]
"""Anybody who is logged in (API: 403; pages: to the login page)."""
Admin = Annotated[User, Depends(_admin)]
"""`ROLE_ADMIN`; the role is checked before the login (docs/contract/conventions.md#roles)."""
TunnelServer = Annotated[User, Depends(_tunnel_server)]
"""`ROLE_SSH_TUNNEL_SERVER` or `ROLE_ADMIN`; the one route that a tunnel server's account may use."""


@dataclass(frozen=True, slots=True)
class _ReadAhead:
    """Reads for anybody who is logged in, before it is known whether the caller is."""

    request: Request
    runtime: Runtime
    session: Session

    async def __call__(self, service: Callable[Concatenate[Runtime, P], Awaitable[Any]], /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        """The answer that `lanes.together` would give; see `lanes.read_ahead`."""
        known = partial(self.request.scope.__setitem__, USER)
        return await read_ahead(self.runtime, head_of(self.request), self.session, known, service, *args, **kwargs)


async def _read_ahead(request: Request, runtime: RuntimeDep, session: SessionDep) -> _ReadAhead:
    return _ReadAhead(request, runtime, session)


ReadAhead = Annotated[_ReadAhead, Depends(_read_ahead)]
"""In place of a guard and `together`: an answer for anybody who is logged in, read while that is found out."""


async def _json_body(request: Request, runtime: RuntimeDep, user: Caller) -> Any:
    need_json(request.headers.get("content-type"))
    return await _value_of(runtime, await _json_text(request))


async def _any_body(request: Request, runtime: RuntimeDep, user: Caller) -> Any:
    raw = await _json_text(request)
    return await _value_of(runtime, raw) if raw else None


async def _json_text(request: Request) -> Raw:
    if int(request.headers.get("content-length", 0)) > LONGEST:
        raise RequestEntityTooLarge
    raw = bytearray()  # it grows where it is; pieces to be joined would take its room twice
    async for part in request.stream():
        raw += part
        if len(raw) > LONGEST:
            raise RequestEntityTooLarge
    return raw


async def _value_of(runtime: Runtime, raw: Raw) -> Any:
    if len(raw) <= LARGE:
        return loads(raw)
    begin()
    held = [raw]
    del raw  # whoever reads it takes it out
    return await runtime.blocking(DOCUMENTS, loads_in_thread, held)


JsonBody = Annotated[Any, Depends(_json_body)]
"""The JSON body, read after identity and roles. Put it behind the guard in the signature."""
AnyBody = Annotated[Any, Depends(_any_body)]
"""The JSON body whatever its content type says, None when it is empty."""


async def _form(request: Request, user: Caller) -> Form:
    reader = form_reader(request.headers.get("content-type"))
    async for piece in request.stream():
        reader.feed(piece)
    return reader.form()


FormBody = Annotated[Form, Depends(_form)]
"""A submitted form, empty when the body is none. Put it behind the guard in the signature."""


async def _shell(request: Request, runtime: RuntimeDep, session: SessionDep, user: Caller) -> Callable[[Page], Response]:
    return lambda page: send(render_page(page, runtime.settings, session, user, request.url.path))


Shell = Annotated[Callable[[Page], Response], Depends(_shell)]
"""Renders a `Page` inside the shell."""

UuidText = Annotated[str, Path(json_schema_extra={"format": "uuid"}, examples=["c396f918-590b-4c87-8f73-cf64067b4d0a"])]
UuidQuery = Annotated[str | None, Query(json_schema_extra={"format": "uuid"})]
IntText = Annotated[str | None, Query(json_schema_extra={"pattern": r"^-?\d+$"})]
FlagText = Annotated[str | None, Query(json_schema_extra={"enum": ["0", "1"]}, description="0 or 1")]

REQUEST_MODELS: set[type[BaseModel]] = set()


def body_of(model: type[BaseModel], required: bool = True) -> dict[str, Any]:
    """`openapi_extra` that documents a route's JSON body, which the route reads itself."""
    REQUEST_MODELS.add(model)
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": required, "content": {JSON: {"schema": schema}}}}
