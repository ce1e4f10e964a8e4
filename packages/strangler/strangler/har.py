"""Recorded traffic, played on the lanes and compared with what was recorded (HAR 1.2, as browsers save it)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from strangler.compare import Answer, Difference, differences
from strangler.registry import Lane

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "host", "transfer-encoding", "accept-encoding", "if-none-match", "if-modified-since"}
)
OF_THE_LANE = ("@header.x-argus-lane", "@header.x-argus-table")


class HarError(ValueError):
    """A file that is no HAR, with the place that says so."""


class Request(NamedTuple):
    """A recorded request, as it can be sent again. `url` is path and query."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes


class Exchange(NamedTuple):
    """A recorded request with its answer."""

    request: Request
    answer: Answer


Ask = Callable[[Request], Awaitable[Answer | None]]
"""A lane's answer to a request; None when it tried to write and must not."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How the answer of a lane differs from the recorded one; None where it could not be compared."""

    request: Request
    lane: Lane
    differences: list[Difference] | None


def read_har(text: str) -> list[Exchange]:
    """The exchanges of a HAR. Raises HarError."""
    try:
        entries = json.loads(text)["log"]["entries"]
        if not isinstance(entries, list):
            raise TypeError("log.entries is no list")
    except (ValueError, TypeError, KeyError) as error:
        raise HarError(f"not a HAR: {type(error).__name__}: {error}") from None
    return [_exchange(number, entry) for number, entry in enumerate(entries)]


def is_safe(exchange: Exchange) -> bool:
    """Whether a request promises to change nothing."""
    return exchange.request.method in SAFE


async def replay(exchanges: Sequence[Exchange], lanes: dict[Lane, Ask], ignore: Sequence[str] = ()) -> list[Replayed]:
    """Play every exchange on every lane. What a lane answers differently when it is asked a second time is noise; only safe requests are
    asked twice."""
    return [
        Replayed(exchange.request, lane, await _compared(exchange, ask, (*ignore, *OF_THE_LANE)))
        for exchange in exchanges
        for lane, ask in lanes.items()
    ]


async def _compared(exchange: Exchange, ask: Ask, ignore: Sequence[str]) -> list[Difference] | None:
    answer = await ask(exchange.request)
    if answer is None:
        return None
    found = differences(exchange.answer, answer, ignore)
    again = await ask(exchange.request) if found and is_safe(exchange) else None
    noise = {each.path for each in differences(answer, again)} if again else set()
    return [each for each in found if each.path not in noise]


def _exchange(number: int, entry: Any) -> Exchange:
    try:
        request, response = entry["request"], entry["response"]
        parts = urlsplit(request["url"])
        url = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = [(str(each["name"]), str(each["value"])) for each in request["headers"]]
        headers = [(name, value) for name, value in sent if not name.startswith(":") and name.lower() not in OF_THE_CONNECTION]
        received = [(each["name"].lower().encode("latin-1"), each["value"].encode("latin-1", "replace")) for each in response["headers"]]
        # The body stands in the file as it was after decompression.
        received = [(name, value) for name, value in received if name != b"content-encoding" and not name.startswith(b":")]
        body = _received(response.get("content") or {})
        return Exchange(
            Request(str(request["method"]).upper(), url, headers, _sent(request.get("postData"))),
            Answer(int(response["status"]), _split(received), body),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise HarError(f"entry {number}: {type(error).__name__}: {error}") from None


def _sent(posted: dict[str, Any] | None) -> bytes:
    if not posted:
        return b""
    if "text" in posted:
        return str(posted["text"]).encode()
    return urlencode([(each["name"], each.get("value", "")) for each in posted.get("params", ())]).encode()


def _received(content: dict[str, Any]) -> bytes:
    text = content.get("text", "")
    return base64.b64decode(text) if content.get("encoding") == "base64" else str(text).encode()


def _split(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Browsers write several `Set-Cookie` headers as one with line ends."""
    return [(name, part) for name, value in headers for part in (value.split(b"\n") if name == b"set-cookie" else (value,))]
