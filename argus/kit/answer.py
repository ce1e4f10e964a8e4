"""An answer before it belongs to a framework: what both lanes turn into their own response object."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from argus.kit.json import encode

JSON = "application/json"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
IN_ADDRESS = "!#$%&'()*+,/:;=?@[]~"
"""What an address may hold as it is, besides letters and digits; `%` because most of it is encoded already."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers; `media_type` is the whole content type."""

    body: bytes = b""
    status: int = 200
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def json_answer(payload: object, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """A JSON body; the content type has no charset, because clients compare it literally.

    Contract: docs/contract/conventions.md#the-success-envelope.
    """
    return Answer(encode(payload), status, JSON, headers)


def ready_ok(payload: bytes) -> Answer:
    """The success envelope around a payload that is JSON already (docs/contract/conventions.md#the-success-envelope)."""
    return Answer(b'{"response":' + payload + b',"status":"ok"}\n', 200, JSON)


def redirect(location: str, status: int = 302) -> Answer:
    """A redirect; a location within Argus stays relative. What no address can hold is encoded, so that no header ends early.

    A bare `?` at the end goes, as Flask drops it: pages to come back to are kept with one (docs/contract/conventions.md#errors-of-pages).
    """
    return Answer(b"", status, HTML, (("Location", quote(location, safe=IN_ADDRESS).removesuffix("?")),))


def error_page(status: int, detail: str = "") -> Answer:
    """A plain HTML page for a status that needs no more (404, 405, 400, 500, …)."""
    phrase = HTTPStatus(status).phrase
    text = detail or HTTPStatus(status).description or phrase
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = f"<!doctype html>\n<html lang=en>\n<title>{status} {phrase}</title>\n<h1>{phrase}</h1>\n<p>{escaped}</p>\n"
    return Answer(body.encode(), status, HTML)
