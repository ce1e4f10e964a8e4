"""What counts as a difference between two answers, and what it is called."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from strangler.compare import Answer, Incomparable, differences, is_ignored


def _answer(body: bytes = b"", kind: str = "text/plain", status: int = 200, **headers: str) -> Answer:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Answer(status, [(b"content-type", kind.encode()), *named], body)


def _json(value: Any, **dumps: Any) -> Answer:
    return _answer(json.dumps(value, **dumps).encode(), "application/json")


def _page(body: str) -> Answer:
    return _answer(f"<!doctype html><html><body>{body}</body></html>".encode(), "text/html; charset=utf-8")


def _paths(one: Answer, other: Answer) -> list[str]:
    return [found.path for found in differences(one, other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_json({"a": 1, "b": [1, 2]}, indent=2), _json({"b": [1, 2], "a": 1})),
        (_json({"a": float("nan")}), _json({"a": float("nan")}, indent=1)),
        (_answer(kind="text/html; charset=utf-8"), _answer(kind="text/html;charset=UTF-8")),
        (_answer(date="yesterday", server="a", content_length="3"), _answer(date="today", x_request_id="7")),
        (_answer(vary="Cookie, Accept"), _answer(vary="accept,cookie")),
        (_answer(set_cookie="s=abc; Path=/; Expires=Mon"), _answer(set_cookie="s=def; path=/; expires=Tue")),
        (_page("<p  class='a b'>x\n  y<br></p>"), _page("<p class='b a'>x y<br/></p>")),
    ],
)
def test_what_is_the_same(one: Answer, other: Answer) -> None:
    assert differences(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        (_answer(status=200), _answer(status=500), ["@status"]),
        (_answer(location="/a"), _answer(), ["@header.location"]),
        (_answer(set_cookie="s=a; HttpOnly"), _answer(set_cookie="s=a"), ["@cookie.s"]),
        (_answer(set_cookie="s=a"), _answer(), ["@cookie.s"]),
        (_answer(b"a"), _answer(b"b"), ["@body"]),
        (_json({"a": {"b": 1}}), _json({"a": {"b": 2}}), ["a.b"]),
        (_json({"a": 1}), _json({"a": True}), ["a"]),
        (_json({"a": 1}), _json({"a": 1.0}), ["a"]),
        (_json({"a": None}), _json({}), ["a"]),
        (_json([{"id": 1}, {"id": 2}]), _json([{"id": 3}, {"id": 4}]), ["[].id", "[].id"]),
        (_json({"runs": [1]}), _json({"runs": [1, 2]}), ["runs[]#"]),
        (_json({"c396f918-590b-4c87-8f73-cf64067b4d0a": {"n": 1}}), _json({"c396f918-590b-4c87-8f73-cf64067b4d0a": {"n": 2}}), ["*.n"]),
        (_json({"1": 1}), _json({"2": 1}), ["*", "*"]),
        (_json("a"), _json("b"), ["@body"]),
        (_answer(b"{", "application/json"), _json({}), ["@body"]),
        (_page("<a href='/1'>x</a>"), _page("<a href='/2'>y</a>"), ["html/body/a/@href", "html/body/a/text()"]),
        (_page("<ul><li>1</ul>"), _page("<ul><li>1<li>2</ul>"), ["html/body/ul/li/li"]),
        (_page("<p>a</p>"), _page("<b>a</b>"), ["html/body/p"]),
    ],
)
def test_what_differs_and_its_name(one: Answer, other: Answer, paths: list[str]) -> None:
    assert _paths(one, other) == paths
    assert len(_paths(other, one)) == len(paths)


def test_compression_is_no_difference() -> None:
    body = b'{"a": 1}'
    zipped = _answer(gzip.compress(body), "application/json", content_encoding="gzip")
    assert _paths(zipped, _answer(body, "application/json")) == []
    assert _paths(zipped, _json({"a": 2})) == ["a"]


def _raw_deflate(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(body) + packing.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda body: gzip.compress(body[:70]) + gzip.compress(body[70:]),
    "deflate": zlib.compress,
    "Deflate": _raw_deflate,
    "zstd": lambda body: zstandard.compress(body),
    "gzip, zstd": lambda body: zstandard.compress(gzip.compress(body)),
    "identity": bytes,
}


@pytest.mark.parametrize("encoding", PACKERS)
def test_what_differs_behind_the_first_mebibyte_of_a_compressed_body_is_found(encoding: str) -> None:
    def answer(last: int) -> Answer:
        body = json.dumps([{"pad": "x" * 50}] * 30_000 + [{"last": last}]).encode()
        return _answer(PACKERS[encoding](body), "application/json", content_encoding=encoding)

    assert _paths(answer(1), answer(2)) == ["[].last"]
    assert _paths(answer(1), answer(1)) == []


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("compress", b"?"),
        ("gzip", gzip.compress(b"text" * 100)[:-9]),
        ("gzip", b"no gzip"),
        ("deflate", b"no deflate"),
        ("zstd", b"no zstd"),
        ("gzip", gzip.compress(bytes(33 * 1024 * 1024))),
        ("zstd", zstandard.compress(bytes(33 * 1024 * 1024))),
    ],
)
def test_a_body_that_cannot_be_unpacked_whole_is_not_compared(encoding: str, body: bytes) -> None:
    with pytest.raises(Incomparable):
        _paths(_answer(body, content_encoding=encoding), _answer(b"other"))


def test_of_a_long_compressed_body_the_digest_says_nothing() -> None:
    packed = [(b"content-encoding", b"gzip")]
    with pytest.raises(Incomparable):
        _paths(Answer(200, packed, b"1", whole=False), Answer(200, packed, b"2", whole=False))


def test_large_bodies_are_compared_by_their_digest() -> None:
    assert _paths(Answer(200, [], b"1", whole=False), Answer(200, [], b"1", whole=False)) == []
    assert _paths(Answer(200, [], b"1", whole=False), Answer(200, [], b"2", whole=False)) == ["@body"]


@pytest.mark.parametrize(
    ("path", "ignore", "expected"),
    [
        ("response.id", ["response.id"], True),
        ("response.id.x", ["response.id"], True),
        ("response.id[].x", ["response.id"], True),
        ("response.identity", ["response.id"], False),
        ("response.runs[].created_at", ["response.runs[].*_at"], True),
        ("@header.etag", ["@header.*"], True),
        ("responsexid", ["response.id"], False),
        ("x", [], False),
    ],
)
def test_paths_that_are_ignored(path: str, ignore: list[str], expected: bool) -> None:
    assert is_ignored(path, ignore) is expected
