"""Zeus: requests relayed to an inner service with its own credentials (core-api.md, `/api/v1/zeus`)."""

from __future__ import annotations

from collections.abc import Iterable

from argus.kit.answer import Answer
from argus.kit.errors import foreseen
from argus.runtime import Runtime

DROPPED = frozenset(
    {
        "authorization", "connection", "content-encoding", "content-length", "cookie", "host", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "x-forwarded-for", "x-argus-proxy",
    }
)  # fmt: skip


async def relay(
    runtime: Runtime, method: str, endpoint: str, query: str, headers: Iterable[tuple[str, str]], body: bytes, client: str | None
) -> Answer:
    """Zeus's answer to a request. Neither the caller's cookies nor their token go there, and nothing hop-by-hop comes back.

    Raises:
        Exception: it is not configured.
        httpx.HTTPError: it does not answer.
    """
    settings = runtime.settings
    if not settings.ZEUS_HOST:
        raise foreseen(Exception("ZEUS_HOST is not configured, proxying is impossible."))
    if not settings.ZEUS_TOKEN:
        raise foreseen(Exception("Missing authorization token for Zeus [ZEUS_TOKEN]"))
    forwarded = [(k, v) for k, v in headers if k.lower() not in DROPPED]
    forwarded += [("Authorization", f"Bearer {settings.ZEUS_TOKEN}"), ("X-Forwarded-For", client or ""), ("X-Argus-Proxy", "1")]
    url = f"{settings.ZEUS_SCHEMA}://{settings.ZEUS_HOST}/{endpoint}" + (f"?{query}" if query else "")
    answer = await runtime.http.request(method, url, headers=forwarded, content=body, follow_redirects=True)
    kept = tuple((k, v) for k, v in answer.headers.multi_items() if k.lower() not in (*DROPPED, "content-type", "set-cookie"))
    return Answer(answer.content, answer.status_code, answer.headers.get("content-type"), kept)
