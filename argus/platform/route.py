"""The route of an extension: one unit of work around an endpoint, and one form of its errors (docs/platform.md#routes).

In this order: who calls, how often, whether they may, then the body and the values, then the work and its commit, then the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from argus.kit.errors import RequestEntityTooLarge
from argus.kit.large_json import LONGEST
from argus.kit.later import later
from argus.lanes.fastapi import head_of, send
from argus.platform import errors
from argus.platform.access import access_of
from argus.platform.context import CONTEXT, Caller, ServiceContext, unit_of_work
from argus.platform.limits import count, kind_of
from argus.platform.request_ids import request_id
from argus.platform.responses import ErrorBody
from argus.runtime import Runtime

if TYPE_CHECKING:
    from argus.platform import idempotency
else:
    idempotency = later("argus.platform.idempotency")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
REPEATED = (b"content-type", b"location")


class ExtensionRoute(APIRoute):
    """Serves an endpoint in a unit of work."""

    extension = True
    """What tells the rest of the application which form an error has here."""

    def get_route_handler(self) -> Handler:
        serve = super().get_route_handler()
        access = access_of(self.endpoint)
        is_login = bool(getattr(self.endpoint, "__login__", False))

        async def handler(request: Request) -> Response:
            try:
                caller = caller_of(request)
                runtime: Runtime = request.app.state.runtime
                kind = kind_of(request.method, request.headers.get("content-type"), is_login)
                if access.public:
                    await count(runtime, kind, caller.head.address or "")
                async with unit_of_work(runtime, caller, access) as context:
                    request.scope[CONTEXT] = context
                    if not access.public:
                        await count(runtime, kind, str(context.user.id))
                    return await _served(request, context, serve)
            except ClientDisconnect:
                raise
            except Exception as error:
                return answer(error, request)

        return handler


def caller_of(request: Request) -> Caller:
    """What a request says of who sends it, and which workspace it is about."""
    wanted = request.headers.get("x-workspace-id") or request.query_params.get("workspace_id")
    return Caller(head_of(request), request.scope["argus.session"], wanted or None, request_id())


def answer(error: Exception, request: Request) -> Response:
    """The answer to an error."""
    return send(errors.answer(error, request_id()))


async def _served(request: Request, context: ServiceContext, serve: Callable[[Request], Awaitable[Response]]) -> Response:
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST" or context.identity is None or context._database is None:
        return await serve(request)
    body = b"" if (request.headers.get("content-type") or "").startswith("multipart/") else await _body(request)
    asked = idempotency.repeatable(str(context.user.id), key, request.method, request.url.path, body or _length(request))
    if (kept := await asked.begin(context.database)) is not None:
        return Response(kept.body, kept.status, dict(kept.headers) | {"Idempotency-Replayed": "true"})
    try:
        response = await serve(request)
        headers = [(name.decode(), value.decode()) for name, value in response.raw_headers if name in REPEATED]
        await asked.keep(context.session, response.status_code, headers, bytes(response.body))
        await context.commit()
    except BaseException:
        await context.abandon()
        await asked.forget(context.database)
        raise
    return response


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length") or 0) > LONGEST:
        raise RequestEntityTooLarge
    return await request.body()


def _length(request: Request) -> bytes:
    """Of an upload only the length is compared: its bytes are not held."""
    return (request.headers.get("content-length") or "").encode()


def extension_router(name: str) -> APIRouter:
    """A router of extension routes, tagged with the name of its folder."""
    return APIRouter(route_class=ExtensionRoute, tags=[name])


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: the statuses of its errors, with those that every route may have."""
    return {status: _refusal(*REFUSALS[status]) for status in sorted({401, 403, 422, 429, 503, *statuses})}


REFUSALS = {
    400: ("bad_request", "The request cannot be understood, or names no workspace"),
    401: ("authentication_required", "Nobody is logged in"),
    403: ("permission_denied", "The caller may not do this"),
    404: ("not_found", "There is no such thing"),
    409: ("conflict", "It is not in a state for this"),
    410: ("gone", "It was deleted, or has expired"),
    412: ("stale_version", "Somebody else has changed it"),
    413: ("file_too_large", "It is too large"),
    415: ("unsupported_type", "It is of a type that is not taken"),
    422: ("validation_error", "A value is not valid"),
    429: ("rate_limited", "Too many requests"),
    500: ("internal_error", "Something of ours is damaged"),
    502: ("bad_gateway", "Another service gave no usable answer"),
    503: ("unavailable", "Try again later"),
    507: ("storage_full", "There is no room for it"),
}
"""What an error of a status may look like; many have a code that says more."""


def _refusal(code: str, text: str) -> dict[str, Any]:
    example = {"error": text, "code": code, "detail": text, "request_id": "01JZ3N9M0V6Q3W8K1T5B7C2D4E", "errors": []}
    return {"model": ErrorBody, "description": text, "content": {"application/json": {"example": example}}}


def login_route(endpoint: Any) -> Any:
    """Mark an endpoint whose rate is that of log-ins: ten a minute of each address."""
    endpoint.__login__ = True
    return endpoint
