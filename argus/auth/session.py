"""The `session` cookie, in the format that Flask writes, for both lanes (docs/contract/conventions.md#the-session).

Signed, not encrypted: compact JSON, base64, zlib when that is shorter. A lane loads it on first touch, so that a token caller's
answer carries neither `Vary: Cookie` nor a cookie.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "session"
MAX_AGE = 31 * 24 * 3600  # seconds since it was last written


class Session(dict[str, Any]):
    """What a browser session holds, and whether it was looked at or changed."""

    permanent = False  # asked for by Flask
    accessed = False  # set by Flask whenever its proxy is resolved, which says nothing; `touched` is ours

    def __init__(self, values: dict[str, Any] | None = None, new: bool = True) -> None:
        super().__init__(values or {})
        self.new = new
        self.touched = False
        self.modified = False

    def __getitem__(self, key: str) -> Any:
        self.touched = True
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.touched = True
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.touched = True
        return super().__contains__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.touched = self.modified = True
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self.touched = self.modified = True
        super().__delitem__(key)

    def pop(self, key: str, default: Any = None) -> Any:
        self.touched = True
        if super().__contains__(key):
            self.modified = True
        return super().pop(key, default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **kwargs: Any) -> None:
        self.touched = self.modified = True
        super().update(*args, **kwargs)

    def clear(self) -> None:
        self.touched = self.modified = True
        super().clear()

    def flash(self, message: str, category: str = "message") -> None:
        """Queue a message for the next page."""
        self["_flashes"] = [*self.get("_flashes", []), (category, message)]

    def take_flashes(self) -> list[tuple[str, str]]:
        """The queued messages, oldest first; the queue is empty afterwards."""
        return [(category, message) for category, message in self.pop("_flashes", None) or []]


class _Tagged:
    """JSON that keeps tuples, as Flask's session does; other tags are read so that no cookie of the reference is refused."""

    _read: dict[str, Callable[[Any], Any]] = {" t": tuple, " u": UUID, " b": b64decode, " m": str, " d": str}

    def dumps(self, value: Any) -> str:
        return json.dumps(self._tag(value), separators=(",", ":"))

    def loads(self, text: str) -> Any:
        return json.loads(text, object_hook=self._untag)

    def _tag(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return {" t": [self._tag(v) for v in value]}
        if isinstance(value, UUID):
            return {" u": value.hex}
        if isinstance(value, bytes):
            return {" b": b64encode(value).decode()}
        if isinstance(value, dict):
            tagged = {k: self._tag(v) for k, v in value.items()}
            if len(tagged) == 1 and (only := next(iter(tagged))) in {*self._read, " di"}:
                return {" di": {f"{only}__": tagged[only]}}  # a plain dict that looks like a tag
            return tagged
        return [self._tag(v) for v in value] if isinstance(value, list) else value

    def _untag(self, value: dict[str, Any]) -> Any:
        if len(value) == 1:
            tag, inner = next(iter(value.items()))
            if tag == " di":
                return {key.removesuffix("__"): v for key, v in inner.items()}
            if tag in self._read:
                return self._read[tag](inner)
        return value


class SessionCodec:
    """Cookie text ↔ session.

    Args:
        secret_key: signs.
        older: keys whose cookies are still read, so that a new key logs nobody out.
    """

    def __init__(self, secret_key: str, older: Sequence[str] = ()) -> None:
        self._serializer = URLSafeTimedSerializer(
            [*older, secret_key],
            salt="cookie-session",
            serializer=_Tagged(),
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha1},
        )

    def load(self, cookie: str | None) -> Session:
        """The session of a cookie; an empty one when there is none or its signature is wrong or older than 31 days."""
        if not cookie:
            return Session()
        try:
            return Session(self._serializer.loads(cookie, max_age=MAX_AGE), new=False)
        except (BadSignature, ValueError):
            return Session()

    def dump(self, session: Session) -> str:
        return str(self._serializer.dumps(dict(session)))


def cookie_in(header: str) -> str | None:
    """The session's cookie among those of a `Cookie` header; the first of that name counts.

    Other cookies may look as they like (JSON, commas, no value): applications of the same site set them, and none must hide ours.
    """
    for part in header.split(";"):
        name, _, value = part.partition("=")
        if name.strip() == COOKIE:
            return value.strip().strip('"')
    return None


def set_cookie(value: str, secure: bool) -> str:
    """A `Set-Cookie` header: for the browser session, out of scripts' reach, not sent by other sites' forms."""
    return f"{COOKIE}={value}; {'Secure; ' if secure else ''}HttpOnly; Path=/; SameSite=Lax"


def clear_cookie(secure: bool) -> str:
    """A `Set-Cookie` header that takes the session away."""
    return f"{COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; {'Secure; ' if secure else ''}HttpOnly; Path=/; SameSite=Lax"
