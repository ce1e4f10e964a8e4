"""Whoever keeps on trying to log in while he is refused hears so before his attempt costs a lane, a page and a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.types import ASGIApp, Receive, Scope, Send

from argus.auth.brake import flooding
from argus.kit.answer import error_page
from argus.lanes.fastapi import send as response
from argus.runtime import Runtime

LOGINS = frozenset({"/auth/login", "/auth/login/cf"})


class Door:
    """ASGI middleware: 429 for attempts of an address that has been refused often within this second, on either lane."""

    def __init__(self, app: ASGIApp, runtime: Callable[[], Awaitable[Runtime]]) -> None:
        self.app = app
        self.runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        attempt = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in LOGINS
        if attempt and (refusal := flooding(await self.runtime())):
            answer = replace(error_page(refusal.status, str(refusal)), headers=(("Retry-After", str(refusal.seconds)),))
            await response(answer)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
