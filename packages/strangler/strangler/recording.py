"""What is kept of a request that is played: its body on the way in, its answer on the way out."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.types import Message, Receive, Scope

from strangler.body import announces_body
from strangler.compare import Answer

BODY = 64 * 1024  # bytes of a request's body; one with a longer body is not played
KEPT = 256 * 1024  # bytes of an answer; of a larger one the digest


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
