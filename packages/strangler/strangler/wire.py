"""What a WSGI application says of its answer, as ASGI servers take it.

Servers differ in what they let through, and end the connection without an answer where they do not. So what any of them would refuse is
refused here, while the application can still be named: it becomes a 500 whose log line says which header it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class BadHead(ValueError):
    """A status or a header that no server would send."""


def status_of(status: str) -> int:
    """The code of a status line. Raises BadHead."""
    digits = status[:3]
    code = int(digits) if digits.isascii() and digits.isdigit() else 0
    if not 200 <= code <= 599:
        raise BadHead(f"{status!r} is no status of an answer")
    return code


@lru_cache(maxsize=1024)
def key_of(name: str) -> bytes:
    """The name of a header in lower case. Raises BadHead."""
    if not _TOKEN.fullmatch(name):
        raise BadHead(f"{name!r} is no name of a header")
    return name.lower().encode("ascii")


def value_of(name: str, value: str) -> bytes:
    """The value of a header without blanks around it. Raises BadHead."""
    value = value.strip(" \t")
    if not (value.isascii() and value.isprintable()) and _CONTROL.search(value):
        raise BadHead(f"the header {name} holds a control character: {value!r}")
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise BadHead(f"the header {name} holds what Latin-1 does not have: {value!r}") from None


def headers_of(items: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them. Raises BadHead."""
    return [(key_of(name), value_of(name, value)) for name, value in items]
