"""How two answers differ: status, headers that matter, JSON by field path, HTML by tree.

A path names a place without positions and ids, so that one defect has one path: `response.runs[].id`, `html/body/ul/li/@href`. What is
neither JSON nor HTML is `@failed`, `@status`, `@header.NAME`, `@cookie.NAME`, `@body`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any, NamedTuple

from strangler.encodings import CannotUnpack, unpacked

PER_ANSWER = frozenset(
    b"age alt-svc connection content-encoding content-length date keep-alive server server-timing set-cookie traceparent "
    b"transfer-encoding x-correlation-id x-process-time x-request-id x-runtime".split()
)
"""Headers that tell about one answer and its way; `Set-Cookie` is compared apart, the length by the body."""
LISTS = frozenset({b"vary", b"allow", b"access-control-allow-methods", b"access-control-allow-headers"})
VOLATILE_ATTRIBUTES = ("expires",)
ID = re.compile(r"\d+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{24,}")
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
ABSENT = "(absent)"


class Answer(NamedTuple):
    """An answer as it left a lane. `body` may be the digest of a larger one, which is then compared as a whole."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    whole: bool = True
    failed: bool = False
    """Whether the application said that it failed, or its status says so."""

    def header(self, name: bytes) -> bytes:
        """The first header of a name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), b"")


class Difference(NamedTuple):
    """A place at which two answers differ, with what each has there."""

    path: str
    one: Any
    other: Any


class Incomparable(Exception):
    """Two answers of which nobody can say whether they are alike: the comparison counts as none."""


def differences(one: Answer, other: Answer, ignore: Iterable[str] = ()) -> list[Difference]:
    """All places at which two answers differ, in the order status, headers, cookies, body, without those below a path of `ignore`, in
    which `*` stands for anything.

    Raises:
        Incomparable: a body is compressed in a way that cannot be taken away here.
    """
    return [found for found in _all(one, other) if not is_ignored(found.path, ignore)]


def is_ignored(path: str, ignore: Iterable[str]) -> bool:
    """Whether a path is, or lies below, one of `ignore`."""
    return any(re.match(".*".join(map(re.escape, pattern.split("*"))) + r"($|[.\[/])", path) for pattern in ignore)


def _all(one: Answer, other: Answer) -> Iterator[Difference]:
    if one.status != other.status:
        yield Difference("@status", one.status, other.status)
        return  # an error differs from an answer everywhere
    if one.failed != other.failed:
        yield Difference("@failed", one.failed, other.failed)
    yield from _pairs("@header.", _headers(one), _headers(other))
    yield from _pairs("@cookie.", _cookies(one), _cookies(other))
    if one.body != other.body or one.whole != other.whole:
        yield from _bodies(one, other)


def _pairs(prefix: str, one: dict[str, str], other: dict[str, str]) -> Iterator[Difference]:
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield Difference(prefix + name, one.get(name, ABSENT), other.get(name, ABSENT))


def _headers(answer: Answer) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw, value in answer.headers:
        name = raw.lower()
        if name in PER_ANSWER:
            continue
        text = value.decode("latin-1").strip()
        if name in LISTS:
            text = ", ".join(sorted(part.strip().lower() for part in text.split(",")))
        elif name == b"content-type":
            text = text.lower().replace("; ", ";")
        key = name.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _cookies(answer: Answer) -> dict[str, str]:
    """Name → attributes: values are signed, or hold a time. A cookie that is deleted says so by `max-age`."""
    found: dict[str, str] = {}
    for name, value in answer.headers:
        if name.lower() == b"set-cookie":
            pair, *attributes = value.decode("latin-1").split(";")
            kept = sorted(each.strip().lower() for each in attributes)
            found[pair.split("=")[0].strip()] = "; ".join(each for each in kept if not each.startswith(VOLATILE_ATTRIBUTES))
    return found


def _bodies(one: Answer, other: Answer) -> Iterator[Difference]:
    kinds = [each.header(b"content-type").split(b";")[0].strip().lower() for each in (one, other)]
    if one.whole and other.whole and kinds[0] == kinds[1]:
        try:
            if kinds[0] == b"application/json" or kinds[0].endswith(b"+json"):
                yield from _values("", *(json.loads(_decoded(each)) for each in (one, other)))
                return
            if kinds[0] in (b"text/html", b"application/xhtml+xml"):
                yield from _elements("", *(_tree(_decoded(each)) for each in (one, other)))
                return
        except (ValueError, RecursionError):  # what claims to be JSON or text is not: compared as bytes
            pass
    whole = one.whole and other.whole
    if not whole and _is_packed(one, other):
        raise Incomparable("of a long and compressed body only the digest was kept")
    if not whole or _decoded(one) != _decoded(other):
        yield Difference("@body", _shown(one), _shown(other))


def _decoded(answer: Answer) -> bytes:
    """The whole body without its compression. Raises Incomparable."""
    try:
        return unpacked(answer.header(b"content-encoding").decode("latin-1"), answer.body)
    except CannotUnpack as error:
        raise Incomparable(f"a body cannot be unpacked: {error}") from None


def _is_packed(*answers: Answer) -> bool:
    return any(answer.header(b"content-encoding") for answer in answers)


def _shown(answer: Answer) -> str:
    return answer.body[:200].decode("utf-8", "replace") if answer.whole else f"{answer.body.hex()} (digest)"


def _values(path: str, one: Any, other: Any) -> Iterator[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            below = f"{path}.{_key(key)}".removeprefix(".")
            if key in one and key in other:
                yield from _values(below, one[key], other[key])
            else:
                yield Difference(below, one.get(key, ABSENT), other.get(key, ABSENT))
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield Difference(f"{path}[]#", len(one), len(other))
        for left, right in zip(one, other, strict=False):
            yield from _values(f"{path}[]", left, right)
    elif type(one) is not type(other) or (one != other and not (one != one and other != other)):  # NaN is not itself
        yield Difference(path or "@body", one, other)


def _key(key: str) -> str:
    return "*" if ID.fullmatch(key) else key


class Element:
    """A node of a page: its tag, attributes, and what it holds, in order."""

    __slots__ = ("attributes", "children", "tag")

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []


class _Builder(HTMLParser):
    """A tree as a browser would see it, near enough for two pages that should be the same."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text:
            self.open[-1].children.append(text)


def _tree(body: bytes) -> Element:
    builder = _Builder()
    builder.feed(body.decode())
    builder.close()
    return builder.root


def _elements(path: str, one: Element, other: Element) -> Iterator[Difference]:
    yield from (found._replace(path=path + "/@" + found.path) for found in _attributes(one, other))
    for left, right in zip_longest(one.children, other.children):
        here = f"{path}/{_tag(left if left is not None else right)}".removeprefix("/")
        if isinstance(left, Element) and isinstance(right, Element) and left.tag == right.tag:
            yield from _elements(here, left, right)
        elif isinstance(left, str) and isinstance(right, str):
            if left != right:
                yield Difference(here, left, right)
        else:
            yield Difference(here, _brief(left), _brief(right))
            return  # what follows is shifted against each other


def _attributes(one: Element, other: Element) -> Iterator[Difference]:
    for name in sorted(one.attributes.keys() | other.attributes.keys()):
        left, right = (each.attributes.get(name, ABSENT) for each in (one, other))
        if left != right and not (name == "class" and left and right and sorted(left.split()) == sorted(right.split())):
            yield Difference(name, left, right)


def _tag(node: Element | str | None) -> str:
    return node.tag if isinstance(node, Element) else "text()"


def _brief(node: Element | str | None) -> str:
    if node is None:
        return ABSENT
    return node if isinstance(node, str) else f"<{node.tag}>"
