"""What a browser must not do with an answer, whoever made it: pages say more themselves, everything else is no page and does nothing."""

from __future__ import annotations

from collections.abc import Iterable

DEFAULTS = (
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)
_RAW = tuple((name.lower().encode(), value.encode()) for name, value in DEFAULTS)


def missing(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The defaults that an answer does not bring."""
    said = {name.lower() for name, _ in headers}
    return [header for header in DEFAULTS if header[0].lower() not in said]


def missing_raw(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The same of an ASGI message, whose names are in lower case."""
    said = {name for name, _ in headers}
    return [header for header in _RAW if header[0] not in said]
