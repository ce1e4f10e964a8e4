"""Pages that a browser fetches before anybody wants them change nothing by it (docs/frontend.md#quick-pages).

What a page takes out of the session (messages, a token that is shown once) comes with a cookie, and the session is in the cookie. So an
answer that would set one is refused instead, the cookie is not sent, and the browser asks again when somebody goes there.
"""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_EARLY = 425  # a browser forgets what it fetched ahead unless it was a success
REFUSED: Message = {
    "type": "http.response.start",
    "status": TOO_EARLY,
    "headers": [(b"cache-control", b"no-store"), (b"content-length", b"0")],
}


def is_ahead(scope: Scope) -> bool:
    """Whether a request was made ahead: `Sec-Purpose: prefetch`, with or without more behind it."""
    return any(name == b"sec-purpose" and value.lower().startswith(b"prefetch") for name, value in scope["headers"])


class Ahead:
    """ASGI middleware: refuses to answer ahead what sets a cookie, and whatever is no GET."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http" or not is_ahead(scope):
            return self.app(scope, receive, send)
        if scope["method"] != "GET":
            return _refuse(send)
        return self.app(scope, receive, _Guarded(send))


async def _refuse(send: Send) -> None:
    await send(REFUSED)
    await send({"type": "http.response.body", "body": b""})


class _Guarded:
    """Passes an answer on, or a refusal in its place."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._refused = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and any(name.lower() == b"set-cookie" for name, _ in message.get("headers", ())):
            self._refused = True
            await _refuse(self._send)
        elif not self._refused:
            await self._send(message)
