"""The header fields of a message that is passed on to another server, and of the answer that comes back."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Scope

Fields = list[tuple[bytes, bytes]]

OF_ONE_CONNECTION = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
        b"trailers", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
SAID_HERE = frozenset({b"forwarded", *(b"x-forwarded-" + name for name in (b"for", b"proto", b"host", b"port", b"prefix"))})
"""What the gateway knows better than its caller, who can make it up: said anew."""
NOT_FOR_WSGI = frozenset({b"proxy", b"expect"})
OF_THE_SERVER = frozenset({b"date", b"server"})
"""What the server that answers says itself."""


def request_fields(scope: Scope, *, has_body: bool) -> Fields:
    """The fields of a request for the application behind. Names that hold `_` are left out, for in WSGI they pass for others; who asks, how
    and for which host is told by `X-Forwarded-…`, as the gateway's own server knows it."""
    fields: Fields = scope["headers"]
    dropped = OF_ONE_CONNECTION | SAID_HERE | NOT_FOR_WSGI | named_by_connection(fields)
    kept = [(name, value) for name, value in fields if name not in dropped and b"_" not in name]
    if not any(name == b"host" for name, _ in kept):
        kept.insert(0, (b"host", _server(scope)))
    if has_body and not any(name == b"content-length" for name, _ in kept):
        kept.append((b"transfer-encoding", b"chunked"))
    return kept + _forwarded(scope)


def answer_fields(fields: Iterable[tuple[bytes, bytes]]) -> Fields:
    """The fields of an answer for the client."""
    lowered = [(name.lower(), value) for name, value in fields]
    dropped = OF_ONE_CONNECTION | OF_THE_SERVER | named_by_connection(lowered)
    return [(name, value) for name, value in lowered if name not in dropped]


def named_by_connection(fields: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Fields that `Connection` names: they concern one connection only, whatever they are. A message cannot drop its length by that."""
    named = {word.strip().lower() for name, value in fields if name == b"connection" for word in value.split(b",")}
    return frozenset(named - {b"host", b"content-length"})


def _forwarded(scope: Scope) -> Fields:
    scheme: str = scope.get("scheme") or "http"
    found: Fields = [(b"x-forwarded-proto", scheme.replace("ws", "http", 1).encode())]
    if scope.get("client"):
        found.append((b"x-forwarded-for", str(scope["client"][0]).encode()))
    found += [(b"x-forwarded-host", value) for name, value in scope["headers"] if name == b"host"]
    if scope.get("root_path"):
        found.append((b"x-forwarded-prefix", scope["root_path"].encode()))
    return found


def _server(scope: Scope) -> bytes:
    host, port = scope.get("server") or ("localhost", None)
    return f"{host}:{port}".encode() if port else str(host).encode()
