"""Errors of extension routes, and the one table of how an error is answered there (docs/platform.md#errors).

Routes that were there before keep their envelope (`argus.lanes.failure`). Nothing here loads SQLAlchemy.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from argus.kit.answer import Answer, json_answer
from argus.kit.errors import (
    APIException,
    ArgusError,
    CrossSite,
    LoginRequired,
    MalformedBody,
    NoJsonRequest,
    Refusal,
    TooManyAttempts,
)
from argus.kit.logs import redacted
from argus.storage.errors import DocumentNotFound, StorageError

log = logging.getLogger("argus.failure")

RETRY_SECONDS = 5
SECRET_FIELDS = ("password", "secret", "token", "key", "code")

M = TypeVar("M", bound=BaseModel)


class ExtensionError(Exception):
    """Base of what extension routes answer with. `code` is for programs, `message` for people.

    Args:
        retry_after: seconds, as a header.
        errors: what is wrong with which part of the request.
        extra: further keys of the body; one that Python reserves ends with `_`.
    """

    status: ClassVar[int] = 500

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        **extra: Any,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.errors = list(errors)
        self.extra = {name.removesuffix("_"): value for name, value in extra.items()}
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def __str__(self) -> str:
        return self.message


class BadRequest(ExtensionError):
    status = 400


class Unauthenticated(ExtensionError):
    status = 401


class Denied(ExtensionError):
    status = 403


class NotFound(ExtensionError):
    status = 404


class NotAllowed(ExtensionError):
    """The method is not for whoever calls; the header `Allow` says which is."""

    status = 405


class Conflict(ExtensionError):
    status = 409


class Gone(ExtensionError):
    status = 410


class StaleVersion(ExtensionError):
    status = 412


class TooLarge(ExtensionError):
    status = 413


class WrongType(ExtensionError):
    status = 415


class Invalid(ExtensionError):
    status = 422


class Locked(ExtensionError):
    status = 423


class TooMany(ExtensionError):
    status = 429


class Broken(ExtensionError):
    """Something of ours is missing or damaged, and is said so by name."""

    status = 500


class BadGateway(ExtensionError):
    """Another service gave an answer that cannot be used."""

    status = 502


class Unavailable(ExtensionError):
    status = 503


class StorageFull(ExtensionError):
    status = 507


class StatusError(ExtensionError):
    """A status that has no error of its own here: what a framework or an older part of Argus answers with."""

    CODES: ClassVar[dict[int, str]] = {
        400: "bad_request",
        401: "authentication_required",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        408: "request_timeout",
        413: "request_too_large",
        415: "unsupported_media_type",
        503: "unavailable",
        504: "deadline_exceeded",
    }

    def __init__(self, status: int, message: str = "") -> None:
        told = message or HTTPStatus(status).phrase
        super().__init__(self.CODES.get(status, f"status_{status}"), told, retry_after=RETRY_SECONDS if status == 503 else None)
        self.status = status  # type: ignore[misc]


def known(error: Exception) -> ExtensionError:
    """Any error as one of ours; what is a fault of ours is logged with its traceback and told without internals."""
    if isinstance(error, ExtensionError):
        return error
    if isinstance(error, RequestValidationError):
        return _of_request(error)
    if isinstance(error, HTTPException):
        return StatusError(error.status_code, str(error.detail))
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error, TooManyAttempts):
        return TooMany("too_many_attempts", str(error), retry_after=error.seconds)
    if isinstance(error, DocumentNotFound):
        return NotFound("not_found", "There is no such thing")
    if isinstance(error, MalformedBody):
        return BadRequest("malformed_body", "The body is no JSON")
    if isinstance(error, NoJsonRequest):
        return WrongType("unsupported_media_type", str(error))
    if isinstance(error, ArgusError) and error.status >= 400:
        return StatusError(error.status, str(error))
    if isinstance(error, APIException):
        return BadRequest("bad_request", str(error))
    if isinstance(error, StorageError) or _database_is_down(error):
        log.warning("the database does not answer: %r", error)
        return Unavailable("database_unavailable", "The database does not answer", retry_after=RETRY_SECONDS)
    if type(error).__name__ == "StaleDataError":
        return StaleVersion("stale_version", "Somebody else has changed it meanwhile")
    log.error("%r", error, exc_info=error)
    return Broken("internal_error", "Internal error")


def answer(error: Exception, request_id: str) -> Answer:
    """The answer to an error of an extension route."""
    told = known(error)
    body = {"error": told.message, "code": told.code, "detail": told.message, "request_id": request_id, "errors": told.errors, **told.extra}
    return json_answer(body, told.status, *told.headers.items())


def _refused(error: Refusal) -> ExtensionError:
    if isinstance(error, LoginRequired):
        return Unauthenticated("authentication_required", "Authentication required", headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, CrossSite):
        return Denied("cross_site_request", "Cross-site request refused")
    return Denied("forbidden", "Forbidden")


def validated(model: type[M], value: Any, *where: str) -> M:
    """A value that somebody sent, as a model.

    Args:
        where: the part of the request that it is: `body`, say.

    Raises:
        Invalid: it is none.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [{**each, "loc": (*where, *each["loc"])} for each in error.errors(include_input=False)]
        raise _invalid(problems) from None


def invalid_value(where: Sequence[str | int], message: str) -> Invalid:
    """A value that cannot be taken, by where it stands in the request."""
    return _invalid([{"loc": where, "msg": message, "type": "value_error"}])


def _invalid(found: Sequence[Mapping[str, Any]]) -> Invalid:
    """What is wrong, without what was sent: values of secret fields must not come back, and others need not."""
    problems = [{"loc": list(each["loc"]), "msg": _text_of(each), "type": each["type"]} for each in found]
    first = problems[0] if problems else {"loc": [], "msg": "the request is not valid"}
    where = ".".join(map(str, first["loc"]))
    return Invalid("validation_error", f"{where}: {first['msg']}" if where else str(first["msg"]), errors=problems)


def _of_request(error: RequestValidationError) -> ExtensionError:
    told = _invalid(error.errors())
    if any(each["type"] == "json_invalid" for each in told.errors):
        return BadRequest("malformed_body", "The body is no JSON", errors=told.errors)
    return told


def _text_of(problem: Mapping[str, Any]) -> str:
    secret = any(word in str(part).lower() for part in problem["loc"] for word in SECRET_FIELDS)
    return "the value is not valid" if secret else redacted(str(problem["msg"]))[:500]


def _database_is_down(error: Exception) -> bool:
    """Told by names, so that SQLAlchemy need not be loaded: no connection, none free, or a lock that was held too long."""
    module, name = type(error).__module__, type(error).__name__
    if module.startswith("sqlalchemy"):
        return name in ("OperationalError", "InterfaceError", "TimeoutError") or bool(getattr(error, "connection_invalidated", False))
    return module.startswith("asyncpg") or isinstance(error, ConnectionError)
