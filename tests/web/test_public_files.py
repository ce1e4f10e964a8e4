"""Files below `/s/`: methods as on every other path, conditions and ranges, the same on both lanes.

Contract: docs/contract/conventions.md#urls-and-methods.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.kit.public_files import answer_file
from tests.serving import Server

pytestmark = pytest.mark.anyio
ALLOWED = "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/s/no-user-picture.png", "/s/missing.js", "/api/v1/version"])
async def test_options_are_told(server: Server, path: str) -> None:
    async with server.client() as client:
        answer = await client.options(path)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (200, b"", ALLOWED)


@pytest.mark.parametrize("path", ["/s/no-user-picture.png", "/api/v1/version"])
async def test_files_are_only_read(server: Server, path: str) -> None:
    async with server.client("alice") as client:
        answer = await client.post(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, ALLOWED)
    assert "Method Not Allowed" in answer.text


PICTURE = "/s/no-user-picture.png"
WHOLE = (Path(__file__).parents[2] / "public" / "no-user-picture.png").read_bytes()
SIZE = len(WHOLE)


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, WHOLE[:1]), ("bytes=-5", 206, WHOLE[-5:]), (f"bytes={SIZE - 3}-", 206, WHOLE[-3:]), ("bytes=0-", 206, WHOLE),
        (f"bytes=0-{10**30}", 206, WHOLE), (f"bytes=-{10**30}", 206, WHOLE), (f"bytes={SIZE}-", 416, b""), ("bytes=-0", 416, b""),
        ("bytes=5-2", 200, WHOLE), ("lines=1-2", 200, WHOLE), ("bytes=abc", 200, WHOLE), ("bytes=-", 200, WHOLE),
        ("bytes=0-1,3-4", 200, WHOLE), ("bytes=" + ",".join(["0-1"] * 500), 200, WHOLE), ("bytes=٣-", 200, WHOLE),
    ],
)  # fmt: skip
async def test_a_range_is_a_part_and_what_is_none_the_whole(server: Server, asked: str, status: int, part: bytes) -> None:
    async with server.client(None) as client:
        answer = await client.get(PICTURE, headers={b"Range": asked.encode()})
    assert (answer.status_code, answer.content) == (status, part)
    if status == 206:
        start = SIZE - len(part) if asked.startswith(("bytes=-", f"bytes={SIZE - 3}")) else 0
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(part) - 1}/{SIZE}"
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{SIZE}"


async def test_headers_are_the_same_on_both_lanes(server: Server) -> None:
    async with server.client(None) as client:
        got, head = await client.get(PICTURE), await client.head(PICTURE)
    told = {name: value for name, value in got.headers.items() if not name.startswith("x-") and name not in ("server-timing", "date")}
    expected = answer_file(server.runtime.settings.PUBLIC_DIR, "no-user-picture.png", "GET", {})
    assert expected
    assert told | {name.lower(): value for name, value in expected.headers.items()} == told
    assert told.keys() - {name.lower() for name in expected.headers} == {"content-security-policy", "referrer-policy"}
    assert told["content-disposition"] == "inline; filename=no-user-picture.png"
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(SIZE))


async def test_conditions_are_kept(server: Server) -> None:
    async with server.client(None) as client:
        first = await client.get(PICTURE)
        tag, changed = first.headers["etag"], first.headers["last-modified"]
        for fields, status in [
            ({"If-None-Match": tag}, 304), ({"If-None-Match": f"W/{tag}"}, 304), ({"If-None-Match": f'"x", {tag}'}, 304),
            ({"If-None-Match": "*"}, 304), ({"If-None-Match": '"x"'}, 200), ({"If-None-Match": '"x"', "If-Modified-Since": changed}, 200),
            ({"If-Modified-Since": changed}, 304), ({"If-Modified-Since": "nonsense"}, 200),
            ({"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200), ({"If-Match": '"x"'}, 412), ({"If-Match": tag}, 200),
            ({"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 412), ({"If-Range": tag, "Range": "bytes=0-0"}, 206),
            ({"If-Range": '"x"', "Range": "bytes=0-0"}, 200), ({"If-Range": changed, "Range": "bytes=0-0"}, 206),
        ]:  # fmt: skip
            answer = await client.get(PICTURE, headers=fields)
            assert answer.status_code == status, fields
            if status == 304:
                assert (answer.content, answer.headers["etag"]) == (b"", tag)


@pytest.mark.parametrize(
    "name", ["../pyproject.toml", "..%2fpyproject.toml", "/etc/passwd", "%00", "dist/..", "", "x" * 300, "argus.png/x"]
)
async def test_nothing_else_is_served(server: Server, name: str) -> None:
    async with server.client(None) as client:
        assert (await client.get(f"/s/{name}", follow_redirects=True)).status_code == 404
