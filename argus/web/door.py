"""Whoever keeps on trying to log in while he is refused hears so before his attempt costs a lane, a page and a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.types import ASGIApp, Receive, Scope, Send

from argus.auth.brake import let_in
from argus.kit.answer import error_page
from argus.kit.errors import TooManyAttempts
from argus.lanes.fastapi import send as response
from argus.runtime import Runtime

LOGINS = frozenset({"/auth/login", "/auth/login/cf"})


class Door:
    """ASGI middleware: 429 for attempts of an address that floods the login, on either lane."""

    def __init__(self, app: ASGIApp, runtime: Callable[[], Awaitable[Runtime]]) -> None:
        self.app = app
        self.runtime = runtime

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_login = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in LOGINS
        return (self._let_in if is_login else self.app)(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with let_in(await self.runtime()):
                await self.app(scope, receive, send)
        except TooManyAttempts as refusal:
            answer = replace(error_page(refusal.status, str(refusal)), headers=(("Retry-After", str(refusal.seconds)),))
            await response(answer)(scope, receive, send)
