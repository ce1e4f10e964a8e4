"""Zeus: requests relayed to an inner service with its own credentials (docs/contract/core.md#zeus)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

import httpx

from argus.integrations.remote import Remote, send
from argus.kit.answer import Answer
from argus.kit.errors import foreseen
from argus.runtime import Runtime

_HOP_BY_HOP = frozenset(
    {
        "connection", "content-encoding", "content-length", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_CREDENTIALS = frozenset({"authorization", "cookie", "cf-access-jwt-assertion", "cf-access-client-id", "cf-access-client-secret"})
_WHERE_FROM = frozenset({"forwarded", "host", "x-real-ip", "x-argus-proxy"})  # and `X-Forwarded-…`: the relay says it itself
_NOT_BACK = frozenset(
    {"authorization", "clear-site-data", "content-security-policy", "content-type", "set-cookie", "x-content-type-options"}
)
INERT = (("Content-Security-Policy", "default-src 'none'; sandbox"), ("X-Content-Type-Options", "nosniff"))
"""What Zeus answers is shown below Argus' own address; it runs nothing there."""
MOST_REDIRECTS = 5
ZEUS = Remote("Zeus", seconds=60, at_once=16, tries=1, most_bytes=64 << 20, passing=frozenset(), breaks=False, obeys=False, redirects=0)
"""What it says is for the caller to hear: nothing is repeated here, and what one caller's path does is not held against the others."""


async def relay(
    runtime: Runtime, method: str, endpoint: str, query: str, headers: Iterable[tuple[str, str]], body: bytes, client: str | None
) -> Answer:
    """Zeus's answer to a request. Neither the caller's cookies nor their token go there, and nothing hop-by-hop comes back.

    Raises:
        Exception: it is not configured.
        RemoteError: it does not answer.
    """
    settings = runtime.settings
    if not settings.ZEUS_HOST:
        raise foreseen(Exception("ZEUS_HOST is not configured, proxying is impossible."))
    if not settings.ZEUS_TOKEN:
        raise foreseen(Exception("Missing authorization token for Zeus [ZEUS_TOKEN]"))
    forwarded = _forwarded(list(headers))
    forwarded += [("Authorization", f"Bearer {settings.ZEUS_TOKEN}"), ("X-Forwarded-For", client or ""), ("X-Argus-Proxy", "1")]
    path = quote(endpoint, safe="/:@!$&'()*+,;=~")
    url = f"{settings.ZEUS_SCHEMA}://{settings.ZEUS_HOST}/{path}" + (f"?{query}" if query else "")
    answer = await _asked(runtime, runtime.http.build_request(method, url, headers=forwarded, content=body))
    kept = [(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _HOP_BY_HOP | _NOT_BACK]
    return Answer(answer.content, answer.status_code, answer.headers.get("content-type"), (*kept, *INERT))


def _forwarded(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What of a caller's headers Zeus gets to see."""
    named = {word.strip().lower() for name, value in headers if name.lower() == "connection" for word in value.split(",")}
    dropped = _HOP_BY_HOP | _CREDENTIALS | _WHERE_FROM | named
    return [(k, v) for k, v in headers if k.lower() not in dropped and not k.lower().startswith("x-forwarded-")]


async def _asked(runtime: Runtime, request: httpx.Request) -> httpx.Response:
    """The answer, redirects within Zeus followed. One that leads elsewhere is the caller's to follow: Zeus's token stays with Zeus."""
    answer = await send(runtime, ZEUS, request)
    for _ in range(MOST_REDIRECTS):
        following = answer.next_request
        if following is None or _origin(following.url) != _origin(request.url):
            break
        answer = await send(runtime, ZEUS, following)
    return answer


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
