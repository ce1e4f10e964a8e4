"""One reading of a request's header fields for both lanes: each name once.

FastAPI takes the first of several fields with one name, a WSGI environ has room for one only. So a field that makes sense once is the first
that came, and others, which are lists, are joined (RFC 9110, 5.3).
"""

from __future__ import annotations

Fields = list[tuple[bytes, bytes]]

SINGLE = frozenset(
    {
        b"age", b"authorization", b"content-length", b"content-location", b"content-range", b"content-type", b"date", b"etag", b"expires",
        b"from", b"host", b"if-modified-since", b"if-range", b"if-unmodified-since", b"last-modified", b"location", b"max-forwards",
        b"origin", b"proxy-authorization", b"range", b"referer", b"retry-after", b"sec-fetch-dest", b"sec-fetch-mode", b"sec-fetch-site",
        b"user-agent", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto", b"x-request-id",
    }
)  # fmt: skip


def each_once(fields: Fields) -> Fields:
    """The fields, each name once, where its first one stood."""
    if len(dict(fields)) == len(fields):
        return fields
    found: dict[bytes, bytes] = {}
    for name, value in fields:
        if name not in found:
            found[name] = value
        elif name not in SINGLE:
            found[name] += (b"; " if name == b"cookie" else b", ") + value
    return list(found.items())
