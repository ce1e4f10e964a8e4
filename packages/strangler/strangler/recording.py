"""What is kept of a request that is played: its body on the way in, its answer on the way out."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope

from strangler.body import announces_body
from strangler.compare import Answer
from strangler.observation import FAILED, OBSERVED, FailedOf, Observation

BODY = 64 * 1024  # bytes of a request's body; one with a longer body is not played
SHADOW = "gateway.shadow"
"""Stands in the scope of a request that is played."""
KEPT = 256 * 1024  # bytes of an answer; of a larger one the digest

log = logging.getLogger(__name__)


class Recording:
    """Keeps an answer on its way out."""

    __slots__ = ("_digest", "_parts", "_size", "complete", "failed", "headers", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.failed = False
        self._parts: list[bytes] = []
        self._size = 0
        self._digest: Any = None

    def note(self, message: Message) -> None:
        """See a message of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._keep(message.get("body", b""))
            self.complete = not message.get("more_body", False)

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._digest is None and self._size <= KEPT:
            self._parts.append(part)
            return
        if self._digest is None:
            self._digest = hashlib.sha256(b"".join(self._parts))
            self._parts = []
        self._digest.update(part)

    def answer(self) -> Answer:
        """What was seen."""
        whole = self._digest is None
        return Answer(self.status, self.headers, b"".join(self._parts) if whole else self._digest.digest(), whole, self.failed)


class RequestBody:
    """The body of a request, kept while a lane reads it."""

    __slots__ = ("_size", "parts", "whole")

    def __init__(self, scope: Scope) -> None:
        self.parts: list[bytes] = []
        self.whole = not announces_body(scope)
        """Whether all of it is here."""
        self._size = 0

    def receiving(self, receive: Receive) -> Receive:
        """`receive` that keeps what passes."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                self._keep(message)
            return message

        return received

    def _keep(self, message: Message) -> None:
        part: bytes = message.get("body", b"")
        self._size += len(part)
        if part and self._size <= BODY:
            self.parts.append(part)
        self.whole = self._size <= BODY and not message.get("more_body", False)


async def played(app: ASGIApp, scope: Scope, body: bytes, failed_of: FailedOf) -> Answer:
    """The answer of an ASGI application to a request that no client waits for."""
    recording, asked = Recording(), False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.get_running_loop().create_future()  # the client stays until the answer has ended
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        recording.note(message)
        if message["type"] == "http.response.start":
            observed.began(message["status"], message.get("headers", ()))

    scope = copy_of(scope)
    scope[SHADOW] = True
    observed = scope[OBSERVED] = Observation(scope, failed_of)
    try:
        await app(scope, receive, send)
    except Exception as error:
        log.debug("a played request failed", exc_info=True)
        observed.raised(error)
        if not recording.status:
            recording.status = 500
    observed.ended()
    recording.failed = observed.failed
    return recording.answer()


def copy_of(scope: Scope) -> Scope:
    """A scope that lanes may write into."""
    copied = dict(scope)
    copied.pop(FAILED, None)
    if "state" in copied:
        copied["state"] = dict(copied["state"])
    return copied
