"""How requests to the deduper are refused: a status, a code that programs read and a sentence for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from argus.kit import logs
from argus.kit.answer import Answer, json_answer
from argus.kit.errors import APIException, CrossSite, RequestEntityTooLarge, ServiceBusy, TunnelAccount
from argus.kit.ulids import new_ulid
from argus.storage.errors import StorageError

log = logging.getLogger("argus.deduper")

TRY_AGAIN = 5  # seconds, when a database does not answer


class Problem(Exception):
    """A request is refused.

    Args:
        headers: further headers of the answer.
        more: further keys of its body.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None, /, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.headers, self.more = status, code, dict(headers or {}), more


def invalid(*errors: tuple[Sequence[str | int], str]) -> Problem:
    """Values that cannot be taken, by where they stand."""
    return Problem(
        422,
        "validation_error",
        "Validation failed",
        errors=[{"loc": list(loc), "msg": message, "type": "value_error"} for loc, message in errors],
    )


def answer_to(error: Exception, path: str) -> Answer:
    """The answer to what was raised while a request was served."""
    problem = _problem(error)
    if problem.status == 500:
        log.error("%s: %r", path, error, exc_info=error)
    message = str(problem)
    body = {"error": message, "code": problem.code, "detail": message, "request_id": request_id(), "errors": [], **problem.more}
    return json_answer(body, problem.status, *problem.headers.items())


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        told = [{"loc": ["body", *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in error.errors(include_input=False)]
        return Problem(422, "validation_error", "Validation failed", errors=told)
    if isinstance(error, APIException):
        return Problem(401, "invalid_credentials", "The credentials are not valid")
    if isinstance(error, CrossSite):
        return Problem(403, "cross_site_request", "Cross-site request refused")
    if isinstance(error, TunnelAccount):
        return Problem(403, "forbidden", "Accounts of tunnel servers may not do this")
    if isinstance(error, RequestEntityTooLarge):
        return Problem(413, "too_large", "The body is too large")
    if isinstance(error, SQLAlchemyError | StorageError | ServiceBusy):
        log.warning("a database does not answer: %r", error)
        return Problem(503, "unavailable", "The database does not answer", {"Retry-After": str(TRY_AGAIN)})
    return Problem(500, "internal_error", "Internal error")


def request_id() -> str:
    """The id of the request that is served."""
    found = logs.serving().get("request_id")
    return str(found) if found else new_ulid()
