"""Files of recorded traffic (HAR 1.2), as browsers and proxies save them.

They hold more than can be played: what a page loads from elsewhere, sockets, requests that were blocked, uploads whose files were not kept.
Such entries are told and left out.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlencode, urlsplit

from strangler.compare import Answer

OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "host", "transfer-encoding", "accept-encoding", "if-none-match", "if-modified-since"}
)
SCHEMES = ("http", "https")

log = logging.getLogger(__name__)


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


class _Skipped(Exception):
    """Why an entry cannot be played."""


def read_har(text: str, tell: Callable[[str], None] = log.warning, host: str | None = None) -> list[Exchange]:
    """The exchanges of a HAR with one host: `host` (with its port), else the one that most entries ask.

    Entries that cannot be played are told by `tell`, each with its number, and left out.

    Raises:
        HarError
    """
    try:
        entries = json.loads(text.removeprefix("\ufeff"))["log"]["entries"]
        if not isinstance(entries, list):
            raise TypeError("log.entries is no list")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise HarError(f"not a HAR: {type(error).__name__}: {error}") from None
    return list(_exchanges(entries, tell, host or _most_asked(entries)))


def _most_asked(entries: list[Any]) -> str:
    hosts: Counter[str] = Counter()
    for entry in entries:
        try:
            parts = _address(entry)
        except (_Skipped, KeyError, TypeError, ValueError):
            continue
        hosts[parts.netloc.lower()] += 1
    return hosts.most_common(1)[0][0] if hosts else ""


def _exchanges(entries: list[Any], tell: Callable[[str], None], host: str) -> Iterator[Exchange]:
    for number, entry in enumerate(entries):
        try:
            yield _exchange(entry, host)
        except _Skipped as why:
            tell(f"entry {number} is left out: {why}")
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            tell(f"entry {number} is left out: {type(error).__name__}: {error}")


def _address(entry: Any) -> SplitResult:
    parts = urlsplit(str(entry["request"]["url"]))
    if parts.scheme.lower() not in SCHEMES:
        raise _Skipped(f"its address is {parts.scheme or 'no'}:…")
    return parts


def _exchange(entry: Any, host: str) -> Exchange:
    request, response, parts = entry["request"], entry["response"], _address(entry)
    if parts.netloc.lower() != host:
        raise _Skipped(f"it asks another host, {parts.hostname}")
    status = int(response["status"])
    if status < 200:
        raise _Skipped("it was not answered" if status < 100 else f"its answer, {status}, opens another protocol")
    url = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = [(str(each["name"]), str(each["value"])) for each in request["headers"]]
    headers = [(name, value) for name, value in sent if not name.startswith(":") and name.lower() not in OF_THE_CONNECTION]
    received = [(each["name"].lower().encode("latin-1"), each["value"].encode("latin-1", "replace")) for each in response["headers"]]
    # The body stands in the file as it was after decompression.
    received = [(name, value) for name, value in received if name != b"content-encoding" and not name.startswith(b":")]
    body = _sent(request.get("postData"), headers)
    answer = Answer(status, _split(received), _received(response.get("content") or {}))
    return Exchange(Request(str(request["method"]).upper(), url, headers, body), answer)


def _sent(posted: dict[str, Any] | None, headers: list[tuple[str, str]]) -> bytes:
    """The body of a request; of a form that was kept as its fields, the body that they make."""
    if not posted:
        return b""
    if posted.get("text") is not None:
        return _decoded(posted)
    fields = posted.get("params") or ()
    if str(posted.get("mimeType", "")).lower().startswith("multipart/"):
        return _multipart(fields, headers)
    return urlencode([(each["name"], each.get("value", "")) for each in fields]).encode()


def _multipart(fields: Any, headers: list[tuple[str, str]]) -> bytes:
    boundary = secrets.token_hex(16)
    parts: list[bytes] = []
    for field in fields:
        if field.get("value") is None:
            raise _Skipped(f"the file of its field {field['name']} was not kept")
        name = f'Content-Disposition: form-data; name="{_quoted(field["name"])}"'
        file = f'; filename="{_quoted(field["fileName"])}"' if field.get("fileName") else ""
        kind = f"\r\nContent-Type: {field['contentType']}" if field.get("contentType") else ""
        parts.append(f"--{boundary}\r\n{name}{file}{kind}\r\n\r\n{field['value']}\r\n".encode())
    headers[:] = [each for each in headers if each[0].lower() != "content-type"]
    headers.append(("Content-Type", f"multipart/form-data; boundary={boundary}"))
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _received(content: dict[str, Any]) -> bytes:
    if content.get("text") is None and content.get("size", 0) > 0:
        raise _Skipped("the body of its answer was not kept")
    return _decoded(content)


def _decoded(kept: dict[str, Any]) -> bytes:
    text = str(kept.get("text") or "")
    return base64.b64decode(text) if kept.get("encoding") == "base64" else text.encode()


def _split(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Browsers write several `Set-Cookie` headers as one with line ends."""
    return [(name, part) for name, value in headers for part in (value.split(b"\n") if name == b"set-cookie" else (value,))]
