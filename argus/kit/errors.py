"""The errors that services raise, and the one table of how an error is shown (docs/contract/conventions.md#the-error-envelope).

Class names are wire format: the envelope's `exception` is the class name, `arguments` are the constructor's. Python's own
`KeyError`, `ValueError`, `TypeError` are part of the contract as well; `kit.parse` raises them with the contract's texts.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any


class ArgusError(Exception):
    """Base of the errors below. `expected` ones are logged without traceback."""

    expected = False
    status = 200  # of the envelope


class APIException(ArgusError):
    """Base of the errors that are a caller's mistake."""

    expected = True


class Foreseen(Exception):
    """Marks Python's own errors (`ValueError`, `KeyError`, …) where the caller, or a missing setting, is the cause. Without the mark they
    are bugs of ours."""

    expected = True


_kinds: dict[type[Exception], type[Exception]] = {}


def foreseen(error: Exception) -> Exception:
    """The same error, marked as no bug: clients see the same name, message and arguments, and no traceback is logged."""
    if is_expected(error):
        return error
    kind = type(error)
    if kind not in _kinds:
        _kinds[kind] = type(kind.__name__, (Foreseen, kind), {})
    return _kinds[kind](*error.args)


class DataValidationError(APIException):
    pass


class ReplayServiceError(APIException):
    pass


class UserViewException(APIException):
    pass


class ViewApiException(APIException):
    pass


class NotFound(APIException):
    pass


class Forbidden(APIException):
    pass


class UnsupportedMediaType(APIException):
    pass


class NoJsonRequest(UnsupportedMediaType):
    """A route that reads its body as the framework does got another content type (docs/contract/conventions.md#the-error-envelope)."""

    shown_as = "UnsupportedMediaType"

    def __str__(self) -> str:
        return "415 Unsupported Media Type: Did not attempt to load JSON data because the request Content-Type was not 'application/json'."


class EmptyRequest(APIException):
    pass


class UserServiceException(ArgusError):
    """On a page: flashed, then back to `/profile/` (docs/contract/conventions.md#errors-of-pages)."""


class ArgusTestException(ArgusError):
    pass


class ClientException(ArgusError):
    pass


class NotificationManagerException(ArgusError):
    pass


class TunnelServiceException(ArgusError):
    pass


class EmailServiceException(ArgusError):
    pass


class JenkinsServiceError(ArgusError):
    pass


class TestRunServiceException(ArgusError):
    __test__ = False  # its name begins like a test class


class JiraServiceException(ArgusError):
    pass


class ReleaseManagerException(ArgusError):
    pass


class TeamManagerException(ArgusError):
    pass


class PlannerServiceException(ArgusError):
    pass


class SCTServiceException(ArgusError):
    pass


class GenericPluginException(ArgusError):
    pass


class DriverMatrixPluginError(ArgusError):
    pass


class SirenadaPluginException(ArgusError):
    pass


class ContentTypeMismatch(ArgusError):
    """A JSON route got something else; shown as a bare `Exception` (docs/contract/conventions.md#json-bodies)."""

    shown_as = "Exception"

    def __init__(self, content_type: str | None) -> None:
        super().__init__("Content-Type mismatch, expected application/json, got:", content_type)


class MalformedBody(APIException):
    """A body that says it is JSON and is not, or is empty. The reference ended in a bare 500 here.

    Contract: docs/contract/conventions.md#the-error-envelope.
    """

    shown_as = "BadRequest"


class RequestEntityTooLarge(APIException):
    """A body of more bytes than `MAX_CONTENT_LENGTH`."""

    status = 413

    def __init__(self) -> None:
        super().__init__("The data value transmitted exceeds the capacity limit.")


class RequestTimeout(APIException):
    """A body that came too slowly."""

    status = 408

    def __init__(self) -> None:
        super().__init__("The body of the request did not come in time.")


class ServiceBusy(ArgusError):
    """Too many wait for the same scarce thing already; later it will go."""

    expected = True
    status = 503

    def __init__(self, what: str) -> None:
        super().__init__(f"Too many requests wait for {what}; try again in a few seconds", what)

    def __str__(self) -> str:
        return str(self.args[0])


class DeadlineExceeded(ArgusError):
    """The request took longer than `REQUEST_DEADLINE`, and was ended."""

    status = 504

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request was not done within {seconds:g} seconds, and was ended", seconds)

    def __str__(self) -> str:
        return str(self.args[0])


class UnknownTopic(APIException):
    """Somebody wants to hear of what nobody tells."""

    status = 400

    def __init__(self, topic: str) -> None:
        super().__init__(f"There is no topic {topic[:100]!r}", topic[:100])


class TooManyTopics(APIException):
    status = 400

    def __init__(self, most: int) -> None:
        super().__init__(f"One stream has at most {most} topics", most)


class TooManyStreams(APIException):
    status = 429

    def __init__(self, most: int) -> None:
        super().__init__(f"You listen to {most} streams already; close some of the open pages", most)


class TooManyAttempts(ArgusError):
    """The caller has failed to log in too often, or too many try at this moment."""

    expected = True
    status = 429

    def __init__(self, seconds: int, why: str) -> None:
        super().__init__(f"{why}. Try again in {seconds} seconds", seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return str(self.args[0])


class FlaskMissing(Exception):
    """The Flask lane is on, and Flask is not installed."""


class Refusal(Exception):
    """Who calls may not do this. Answered by a 403 on API routes, by a flash and a redirect on pages.

    Contract: docs/contract/conventions.md#other-statuses; docs/contract/conventions.md#errors-of-pages.
    """

    expected = True


class LoginRequired(Refusal):
    """Nobody is logged in."""


class TunnelAccount(Refusal):
    """A tunnel server's account, on a route that is not for it."""


class RoleRequired(Refusal):
    """Logged in or not: the role is missing."""


class AreaRefused(Refusal):
    """A role is missing on an API route that answers like a page (`GET /api/v1/client/ssh/keys`)."""


class CrossSite(Refusal):
    """A write with a cookie, sent from a page of another site."""


class PageError(Exception):
    """Ends a page: flash a message, go elsewhere."""

    expected = True

    def __init__(self, location: str, message: str | None = None, category: str = "error") -> None:
        super().__init__(location, message, category)
        self.location = location
        self.message = message
        self.category = category


class PageNotFound(PageError):
    """An unknown or malformed id on a page."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__("/error/?type=404", message)


class BadForm(Exception):
    """A form field that must be there is missing: 400 (docs/contract/conventions.md#errors-of-pages)."""

    expected = True


def name_of(error: BaseException) -> str:
    """The class name that clients see."""
    return str(getattr(type(error), "shown_as", type(error).__name__))


def is_expected(error: BaseException) -> bool:
    """Whether an error is no bug of ours, to be logged without a traceback (docs/contract/conventions.md#the-error-envelope)."""
    return bool(getattr(type(error), "expected", False))


def status_of(error: BaseException) -> int:
    """The status of the envelope: 200 for nearly all (docs/contract/conventions.md#the-error-envelope)."""
    return error.status if isinstance(error, ArgusError) else 200


def new_trace_id() -> str:
    """44 characters: base64 of a SHA-256 of random bytes (docs/contract/conventions.md#the-error-envelope)."""
    return base64.b64encode(hashlib.sha256(secrets.token_bytes(64)).digest()).decode()


def envelope(error: BaseException, trace_id: str) -> dict[str, Any]:
    """The error envelope. Where everything but some parts was kept, these are in `left_out`.

    Contract: docs/contract/conventions.md#the-error-envelope.
    """
    response = {"trace_id": trace_id, "exception": name_of(error), "message": str(error), "arguments": list(error.args)}
    if (left_out := getattr(error, "left_out", None)) is not None:
        response["left_out"] = left_out
    return {"status": "error", "response": response}
