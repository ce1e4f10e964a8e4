"""What the gateway sees of a request while a lane serves it: when the lane's work began, whether it failed, and what the client did.

A failure is a fact of its own. The lane says so by raising or by its status; the host application says so in the scope, whatever the
status: `failed(scope, "KeyError")`, or `scope["strangler.failed"] = True`. What the client does is charged to no lane: the time in which it
sends its body does not count, and a request whose client left before there was an answer counts neither as served nor as failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from time import perf_counter
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

FAILED = "strangler.failed"
OBSERVED = "strangler.observed"

Headers = Iterable[tuple[bytes, bytes]]
FailedOf = Callable[[Scope, int, Headers], bool]
"""Whether an answer is a failure of the lane, by the request's scope and the answer's status and headers."""
Note = Callable[[float | None, bool], None]
"""Takes the seconds until an answer began, and whether it failed; None when an answer that was taken for good has failed after all."""


def by_status(scope: Scope, status: int, headers: Headers) -> bool:
    """An answer of 500 or more is a failure."""
    return status >= 500


def failed(scope: MutableMapping[str, Any], what: str = "") -> None:
    """Say that the request of this scope failed, whatever its status will say; `what` names the failure, such as its exception's class.

    In Flask the scope is `request.environ.get("asgi.scope")`. To be called before the answer begins, or at the latest before it ends.
    """
    scope[FAILED] = what or True
    observed = scope.get(OBSERVED)
    if observed is not None:
        observed.failure = what or "failed"


def failure_of(scope: Mapping[str, Any]) -> str | None:
    """What the host application says has failed; None where it says nothing."""
    said = scope.get(FAILED)
    return (said if isinstance(said, str) else "failed") if said else None


class Observation:
    """One request. Middleware finds it as `scope["strangler.observed"]`; it is filled when the answer has begun."""

    __slots__ = (
        "_counted_as_failed",
        "_failed_of",
        "_notes",
        "_scope",
        "_since",
        "_uploading",
        "_waited",
        "cut",
        "failure",
        "gone",
        "refused",
        "seconds",
        "status",
    )

    def __init__(self, scope: Scope, failed_of: FailedOf, notes: Iterable[Note] = ()) -> None:
        self._scope = scope
        self._failed_of = failed_of
        self._notes = notes
        self._since = perf_counter()
        self._waited = 0.0
        self._uploading = True
        self._counted_as_failed = False
        self.cut = False
        """Whether the client left before its body was complete, so that there is nobody and nothing to answer."""
        self.gone = False
        """Whether the client left before the answer began; also after a cut."""
        self.refused = False
        """Whether its body was refused: it came too slowly, was too long, or one too many. That is no lane's doing and counts for none."""
        self.status: int | None = None
        """Of the answer; None before it began."""
        self.seconds = 0.0
        """From the beginning of the lane's work until its answer began, without the time in which the client sent its body."""
        self.failure: str | None = None
        """What failed: a status, a class of exceptions, or what the host application says; None where nothing did."""

    @property
    def failed(self) -> bool:
        """Whether the request failed by the lane's doing."""
        return self.failure is not None and self._counts

    @property
    def _counts(self) -> bool:
        return not self.gone and not self.refused

    def receiving(self, receive: Receive) -> Receive:
        """`receive` that stops the clock while the client sends its body, and sees it leave."""

        async def received() -> Message:
            asked = perf_counter()
            message = await receive()
            if message["type"] == "http.disconnect":
                if self.status is None:
                    self.gone, self.cut = True, self._uploading
            elif self._uploading:
                self._waited += perf_counter() - asked
                self._uploading = message.get("more_body", False)
            return message

        return received

    def began(self, status: int, headers: Headers) -> None:
        """The answer begins."""
        seconds = self.seconds = perf_counter() - self._since - self._waited
        self.status = status
        if self.failure is None:
            if FAILED in self._scope:
                self.failure = failure_of(self._scope)
            if self.failure is None and self._failed_of(self._scope, status, headers):
                self.failure = str(status)
        if self._counts:
            failed = self._counted_as_failed = self.failure is not None
            for note in self._notes:
                note(seconds, failed)

    def raised(self, error: Exception) -> None:
        """The lane raised instead of answering, or within its answer."""
        if isinstance(error, ClientDisconnect):
            self.gone = self.gone or self.status is None
        elif self.status is None:
            self.failure = self.failure or type(error).__name__
            self.began(500, ())
        elif not isinstance(error, OSError):  # by which servers tell that the client has left its answer
            self._spoiled(type(error).__name__)

    def ended(self) -> None:
        """The lane has returned."""
        if FAILED in self._scope and self.status is not None and (said := failure_of(self._scope)):
            self._spoiled(said)
        self._scope = {}  # it knows this observation: a circle, which only the collector would break

    def _spoiled(self, failure: str) -> None:
        if self.failure is None or not self._counted_as_failed:
            self.failure, self._counted_as_failed = failure, True
            if self._counts:
                for note in self._notes:
                    note(None, True)
