"""What of two answers is compared, and what stands in for what no two answers share."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from argus.auth.session import COOKIE, SessionCodec

HEADERS = ("content-type", "location", "cache-control", "vary", "allow", "content-disposition", "www-authenticate", "etag", "retry-after")
METRIC = re.compile(r"^# TYPE (\S+ \S+)$", re.MULTILINE)  # the numbers are the process's, which both lanes share
TRACE_ID = re.compile(r"\b[A-Za-z0-9+/]{43}=")


def seen(answer: httpx.Response, codec: SessionCodec) -> dict[str, Any]:
    """An answer as its caller sees it: status, the headers that matter, what the session cookie holds, the body."""
    return {
        "status": answer.status_code,
        "headers": {name: answer.headers[name] for name in HEADERS if name in answer.headers},
        "cookies": sorted(_cookie(header, codec) for header in answer.headers.get_list("set-cookie")),
        "body": _body(answer),
    }


def _cookie(header: str, codec: SessionCodec) -> str:
    """A cookie with its attributes; of the session its content, since its signature tells the time."""
    value, _, attributes = header.partition(";")
    name, _, text = value.partition("=")
    content = json.dumps(codec.load(text), default=str, sort_keys=True) if name == COOKIE else text
    return f"{name}={content};{attributes}"


def _body(answer: httpx.Response) -> Any:
    kind = answer.headers.get("content-type", "")
    if kind.startswith("application/json") and answer.content:
        body = answer.json()
        response = body.get("response") if isinstance(body, dict) else None
        if isinstance(response, dict) and "trace_id" in response:
            response["trace_id"] = "<trace id>"
        return body
    if METRIC.search(answer.text):
        return METRIC.findall(answer.text)
    if kind.startswith("text/"):
        return TRACE_ID.sub("<trace id>", answer.text)
    return answer.content


def differences(left: Any, right: Any, where: str = "") -> list[str]:
    """Where two values differ, by path."""
    if isinstance(left, dict) and isinstance(right, dict):
        if list(left) != list(right) and set(left) == set(right):
            return [f"{where}: other order of keys"]
        pairs = {key: (left.get(key, "<absent>"), right.get(key, "<absent>")) for key in {**left, **right}}
        return [line for key, pair in pairs.items() for line in differences(*pair, f"{where}.{key}")]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return [line for i, (a, b) in enumerate(zip(left, right, strict=True)) for line in differences(a, b, f"{where}[{i}]")]
    same = left == right and type(left) is type(right)
    return [] if same else [f"{where}: {str(left)[:300]!r} | {str(right)[:300]!r}"]
