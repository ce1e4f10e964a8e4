"""How long, how many and how slow bodies may be, before and after it is known who sends them."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope, Send

from argus.auth.session import Session, SessionCodec
from argus.kit.errors import RequestEntityTooLarge, RequestTimeout, ServiceBusy
from argus.kit.settings import Settings
from argus.lanes.failure import answer_error
from argus.web.fastapi_app import session_cookie
from strangler.canary import CallerOf
from strangler.uploads import TOO_LONG, TOO_SLOW, UploadLimits, Uploads

STRANGERS_TOGETHER = 32 * 1024 * 1024  # bytes of bodies from callers whom nobody knows


def uploads(settings: Settings, codec: SessionCodec, caller_of: CallerOf) -> Uploads:
    """Whoever is logged in, or is about to register after a sign-on, may send bodies of `MAX_CONTENT_LENGTH`, others of
    `ANONYMOUS_CONTENT_LENGTH`. Cookies that are not ours, and requests without any, are found out without the database.
    """

    async def known(scope: Scope) -> bool:
        if codec.load(session_cookie(scope)).get("registration_allowed"):
            return True
        return (await caller_of(scope)).user is not None

    limits = UploadLimits(
        most=settings.MAX_CONTENT_LENGTH,
        strangers=settings.ANONYMOUS_CONTENT_LENGTH,
        together=settings.CONTENT_TOGETHER,
        strangers_together=STRANGERS_TOGETHER,
        known=known,
        seconds=settings.BODY_TIMEOUT,
    )
    return Uploads(limits, refusal=_refusal, answer=_answer)


def _refusal(status: int) -> Exception:
    if status == TOO_LONG:
        return RequestEntityTooLarge()
    return RequestTimeout() if status == TOO_SLOW else ServiceBusy("room for their bodies")


async def _answer(scope: Scope, error: Exception, send: Send) -> None:
    """For the Flask lane, which receives bodies before Flask runs."""
    answer = answer_error(error, scope["path"], None, Session(), Headers(scope=scope).items())
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    headers += [(b"content-type", (answer.media_type or "").encode()), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
