"""What the gateway answers itself, where Flask cannot: 404, 405, slash redirects and OPTIONS, as Flask would.

They come from the same werkzeug classes over the same map, so they are Flask's to the byte. An application that registered its own error
page with FastAPI shows that.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Receive, Scope, Send
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map
from werkzeug.routing.exceptions import RequestRedirect
from werkzeug.wrappers import Response

from strangler.environ import build_environ
from strangler.fastapi_lane import has_own_error_page
from strangler.wire import headers_of


def explain(map: Map, scope: Scope, domain: str | None = None) -> HTTPException | Response | None:
    """Why no view of `map` runs for a request: an error, a redirect, or the answer to OPTIONS. None when one would. `domain` is the
    host or subdomain under which it is looked for."""
    known = {"server_name": domain} if map.host_matching else {"subdomain": domain or map.default_subdomain}
    adapter = map.bind_to_environ(build_environ(scope, BytesIO()), **known)
    try:
        adapter.match()
    except MethodNotAllowed as error:
        return MethodNotAllowed(sorted(error.valid_methods or ()))
    except HTTPException as error:
        error.__traceback__ = error.__context__ = None  # they lead to the frame that keeps it, which then waits for the collector
        return error
    if scope["method"] == "OPTIONS":
        return Response(headers={"Allow": ", ".join(sorted(adapter.allowed_methods()))}, mimetype="text/html")
    return None


def same(one: HTTPException | Response | None, other: HTTPException | Response | None) -> bool:
    """Whether two maps explain a request alike, so that Flask may answer for both."""
    return type(one) is type(other) and _essence(one) == _essence(other)


def _essence(answer: HTTPException | Response | None) -> Any:
    if isinstance(answer, RequestRedirect):
        return answer.new_url
    if isinstance(answer, MethodNotAllowed):
        return tuple(answer.valid_methods or ())
    if isinstance(answer, Response):
        return answer.headers.get("Allow")
    return None


def answering(app: FastAPI, answer: HTTPException | Response | None) -> ASGIApp:
    """An ASGI application that gives the answer, from inside FastAPI's middleware."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        found = answer or NotFound()
        status = found.code if isinstance(found, HTTPException) else found.status_code
        if status in (404, 405) and has_own_error_page(app, status):
            allow = {"Allow": ", ".join(found.valid_methods or ())} if isinstance(found, MethodNotAllowed) else None
            raise StarletteHTTPException(status, headers=allow)
        environ = build_environ(scope, BytesIO())
        response = found.get_response(environ) if isinstance(found, HTTPException) else found
        headers = headers_of(response.get_wsgi_headers(environ))
        body = b"" if scope["method"] == "HEAD" else response.get_data()
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return respond
