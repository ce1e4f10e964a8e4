"""How an error is answered, on either lane (docs/contract/conventions.md#the-error-envelope)."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable
from dataclasses import replace

from argus.auth.session import Session
from argus.kit.answer import Answer, error_page, json_answer, redirect
from argus.kit.errors import (
    APIException,
    AreaRefused,
    ArgusError,
    BadForm,
    CrossSite,
    DeadlineExceeded,
    LoginRequired,
    PageError,
    PageNotFound,
    Refusal,
    RequestEntityTooLarge,
    RequestTimeout,
    RoleRequired,
    ServiceBusy,
    TooManyAttempts,
    UserServiceException,
    UserViewException,
    envelope,
    is_expected,
    new_trace_id,
    status_of,
)
from argus.kit.logs import SECRET_HEADERS
from argus.storage.errors import DocumentNotFound, MultipleDocumentsFound, NoHostAvailable, WrongValue

log = logging.getLogger("argus.failure")

FOR_THE_CALLER = (ArgusError, DocumentNotFound, MultipleDocumentsFound, WrongValue)
_tries_left = itertools.cycle(range(9, -1, -1))

HOME = frozenset({"/", "/workspace"})
"""Where a login leads, whether or not it worked: the second is where the first leads."""


def is_api(path: str) -> bool:
    """Whether a path answers in envelopes (docs/contract/conventions.md#two-kinds-of-routes)."""
    return path.startswith(("/api/v1/", "/admin/api/v1/"))


def is_ours(error: Exception) -> bool:
    """Whether an error is a fault of ours, to be logged with its traceback and counted, and no mistake of the caller."""
    return not (is_expected(error) or isinstance(error, FOR_THE_CALLER))


def way_back(method: str, full_path: str) -> str | None:
    """Where to go after a login: back to a page that was looked at. What was to be changed there is not asked for by GET."""
    if method not in ("GET", "HEAD"):
        return None
    return full_path if "?" in full_path else f"{full_path}?"


def answer_error(error: Exception, path: str, back: str | None, session: Session, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """The answer to an error raised while a matched route was being served.

    Args:
        back: for the way back after a login (`way_back`).
        headers: the request's, for the log; secrets in them are left out.
    """
    if isinstance(error, Refusal):
        return _refuse(error, is_api(path), back, session)
    return _envelope(error, path, headers) if is_api(path) else _page(error, path, session)


def _refuse(error: Refusal, api: bool, back: str | None, session: Session) -> Answer:
    if isinstance(error, CrossSite):
        return json_answer({"status": "error", "message": "Cross-site request refused"}, 403)
    if api and not isinstance(error, AreaRefused):
        message = "Forbidden" if isinstance(error, RoleRequired) else "Authorization required"
        return json_answer({"status": "error", "message": message}, 403)
    if isinstance(error, LoginRequired):
        session.flash("Unauthorized, please login", "error")
        # a login that failed leads home, which is refused: that is not where somebody wanted to go
        failed = session.pop("login_failed", None)
        if back is not None and not (failed and back.rstrip("?") in HOME):
            session["redirect_target"] = back
        return redirect("/auth/login")
    session.flash("Not authorized to access this area", "error")
    return redirect("/")


def _envelope(error: Exception, path: str, headers: Iterable[tuple[str, str]]) -> Answer:
    trace_id = new_trace_id()
    if is_ours(error):
        log.error("[TraceId: %s] %s: %r", trace_id, path, error, exc_info=error)
    else:
        log.info("[TraceId: %s] %s: %r", trace_id, path, error)
    log.info("[TraceId: %s] headers: %s", trace_id, {k: v for k, v in headers if k.lower() not in SECRET_HEADERS})
    try:
        return json_answer(envelope(error, trace_id), status_of(error))
    except TypeError as unencodable:  # an argument that JSON cannot hold (docs/contract/conventions.md#the-error-envelope)
        return json_answer(envelope(unencodable, trace_id))


def _page(error: Exception, path: str, session: Session) -> Answer:
    if isinstance(error, UserServiceException):
        session.flash(" ".join(map(str, error.args)), "error")
        return redirect("/profile/")
    if isinstance(error, UserViewException):
        session.flash(str(error), "error")
        return redirect("/views")
    if isinstance(error, DocumentNotFound | MultipleDocumentsFound) or (isinstance(error, ValueError) and "hexadecimal UUID" in str(error)):
        error = PageNotFound(str(error))
    if isinstance(error, PageError):
        if error.message is not None:
            session.flash(error.message, error.category)
        return redirect(error.location)
    if isinstance(error, NoHostAvailable):
        text = f"Cluster seems down. Attempting reconnect in {next(_tries_left)} tries."
        return json_answer({"status": "error", "response": text})
    if isinstance(error, RequestEntityTooLarge | RequestTimeout | ServiceBusy | DeadlineExceeded):
        return error_page(error.status, str(error))
    if isinstance(error, TooManyAttempts):
        return replace(error_page(429, str(error)), headers=(("Retry-After", str(error.seconds)),))
    if isinstance(error, BadForm):
        return error_page(400, str(error))
    if isinstance(error, APIException):  # a token that nobody has, on a page
        return error_page(403, str(error))
    log.error("%s: %r", path, error, exc_info=error)
    return error_page(500)
