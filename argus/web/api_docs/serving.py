"""Where the API's document is served, and to whom: `API_DOCS` (docs/settings.md#platform)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from argus.auth.credentials import WrongCredential, authenticate
from argus.kit.answer import Answer
from argus.kit.errors import Refusal
from argus.kit.pools import ANSWERS
from argus.kit.settings import Settings
from argus.lanes.fastapi import head_of, send
from argus.web.api_docs import FILES, MOUNT, redoc_page, swagger_page
from argus.web.api_docs.document import openapi
from argus.web.public_files import PublicFiles


class ForReaders:
    """ASGI application: serves another one to those who may read the API's document. For everybody else nothing is there."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._shown_to = settings.api_docs

    async def __call__(self, scope: Scope, receive: Receive, send_message: Send) -> None:
        if self._shown_to == "nobody" or (self._shown_to == "users" and not await _is_logged_in(Request(scope))):
            raise HTTPException(404)
        await self.app(scope, receive, send_message)


async def _is_logged_in(request: Request) -> bool:
    try:
        return await authenticate(request.app.state.runtime, head_of(request), request.scope["argus.session"]) is not None
    except (WrongCredential, Refusal):
        return False


def serve_document(app: FastAPI, settings: Settings) -> None:
    """Add the document, and the pages that show it."""
    for path, page in (("/docs", swagger_page), ("/redoc", redoc_page)):
        app.add_route(path, _page_of(page), methods=["GET"], include_in_schema=False)
        _route_at(app, path).app = ForReaders(_route_at(app, path).app, settings)
    app.mount(MOUNT, ForReaders(PublicFiles(FILES), settings), name="api_docs")
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    document = _route_at(app, str(app.openapi_url))
    document.app = ForReaders(_made_in_a_thread(app, document.app), settings)


def _route_at(app: FastAPI, path: str) -> Route:
    return next(route for route in app.router.routes if isinstance(route, Route) and route.path == path)


def _made_in_a_thread(app: FastAPI, answer: ASGIApp) -> ASGIApp:
    """Half a second of work, for whoever asks first; FastAPI would do it on the event loop."""

    async def made_before(scope: Scope, receive: Receive, send_message: Send) -> None:
        if app.openapi_schema is None:
            await app.state.runtime.blocking(ANSWERS, app.openapi)
        await answer(scope, receive, send_message)

    return made_before


def _page_of(page: Callable[[], Awaitable[Answer]]) -> Callable[[Request], Awaitable[Response]]:
    async def shown(request: Request) -> Response:
        return send(await page())

    return shown
