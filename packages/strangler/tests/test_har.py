"""Recorded traffic against both lanes."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from werkzeug.formparser import parse_form_data

from strangler.compare import Answer
from strangler.har import Ask, HarError, Request, is_safe, read_har, replay
from support.gateways import make_gateway, running

pytestmark = pytest.mark.anyio


def _entry(method: str, url: str, status: int, body: str, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    return {
        "request": {
            "method": method,
            "url": f"https://argus.test{url}",
            "headers": [{"name": ":authority", "value": "x"}, *more.get("headers", [])],
        }
        | ({"postData": more["posted"]} if "posted" in more else {}),
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": kind}, {"name": "Content-Encoding", "value": "gzip"}],
            "content": {"text": body, **more.get("content", {})},
        },
    }


def _har(*entries: dict[str, Any]) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def _ask(client: Any) -> Ask:
    async def ask(request: Request) -> Answer:
        answer = await client.request(request.method, request.url, headers=request.headers, content=request.body)
        return Answer(answer.status_code, answer.headers.raw, answer.content)

    return ask


async def test_what_differs_from_the_recording_is_told_by_lane() -> None:
    exchanges = read_har(
        _har(
            _entry("GET", "/runs/abc?x=1", 200, '{"name": "abc"}'),
            _entry("GET", "/runs/abc", 200, '{"name": "other"}'),
            _entry("GET", "/whoami", 200, '{"identity": "ann", "session": "ann"}', headers=[{"name": "x-user", "value": "ann"}]),
            _entry(
                "POST",
                "/echo",
                200,
                base64.b64encode(b"a=1").decode(),
                "application/octet-stream",
                posted={"params": [{"name": "a", "value": "1"}]},
                content={"encoding": "base64"},
            ),
        )
    )
    assert [is_safe(exchange) for exchange in exchanges] == [True, True, True, False]
    async with running(make_gateway(lane="flask")) as flask, running(make_gateway(lane="fastapi")) as fastapi:
        found = await replay(exchanges, {"flask": _ask(flask), "fastapi": _ask(fastapi)}, ignore=["@cookie.session", "@header.vary"])
    assert [
        (each.lane, each.request.url, [(d.path, d.one, d.other) for d in each.differences or ()]) for each in found if each.differences
    ] == [
        ("flask", "/runs/abc", [("name", "other", "abc")]),
        ("fastapi", "/runs/abc", [("name", "other", "abc")]),
    ]
    assert len(found) == 8


async def test_what_changes_from_call_to_call_is_noise() -> None:
    calls = 0

    async def ask(request: Request) -> Answer:
        nonlocal calls
        calls += 1
        return Answer(200, [(b"content-type", b"application/json")], json.dumps({"at": calls, "name": "x"}).encode())

    (found,) = await replay(read_har(_har(_entry("GET", "/a", 200, '{"at": 0, "name": "y"}'))), {"flask": ask})
    assert [each.path for each in found.differences or ()] == ["name"]
    calls = 0
    await replay(read_har(_har(_entry("POST", "/a", 200, '{"at": 0, "name": "y"}'))), {"flask": ask})
    assert calls == 1, "what changes something is asked once"


async def test_what_tried_to_write_is_not_compared() -> None:
    async def ask(request: Request) -> None:
        return None

    (found,) = await replay(read_har(_har(_entry("GET", "/a", 200, "{}"))), {"flask": ask})
    assert found.differences is None


@pytest.mark.parametrize("text", ["", "{}", '{"log": {"entries": 3}}', "[]"])
async def test_what_is_no_har(text: str) -> None:
    with pytest.raises(HarError, match="not a HAR"):
        read_har(text)


def _read(*entries: dict[str, Any], mark: str = "") -> tuple[list[Any], list[str]]:
    told: list[str] = []
    return read_har(mark + _har(*entries), told.append), told


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    assert len(_read(_entry("GET", "/", 200, ""), mark="\ufeff")[0]) == 1


def test_an_entry_that_is_broken_is_told_and_left_out() -> None:
    played, told = _read(_entry("GET", "/", 200, ""), {"request": {}}, {}, _entry("GET", "/b", 200, ""))
    assert [each.request.url for each in played] == ["/", "/b"]
    assert [each.split(":")[0] for each in told] == ["entry 1 is left out", "entry 2 is left out"]


@pytest.mark.parametrize(
    ("url", "status", "why"),
    [
        ("https://cdn.example.net/lib.js", 200, "another host, cdn.example.net"),
        ("https://argus.test:8443/", 200, "another host"),
        ("data:image/png;base64,AAAA", 200, "its address is data:"),
        ("blob:https://argus.test/1", 200, "its address is blob:"),
        ("wss://argus.test/ws", 101, "its address is wss:"),
        ("https://argus.test/ws", 101, "opens another protocol"),
        ("https://argus.test/blocked", 0, "it was not answered"),
    ],
)
def test_what_cannot_be_played_on_our_lanes_is_told_and_left_out(url: str, status: int, why: str) -> None:
    odd = _entry("GET", "/", status, "")
    odd["request"]["url"] = url
    played, told = _read(_entry("GET", "/a", 200, ""), odd, _entry("GET", "/b", 200, ""))
    assert [each.request.url for each in played] == ["/a", "/b"]
    assert len(told) == 1
    assert why in told[0]


def test_an_answer_whose_body_was_not_kept_is_no_measure() -> None:
    gone = _entry("GET", "/", 200, "")
    gone["response"]["content"] = {"size": 12}
    assert _read(gone) == ([], ["entry 0 is left out: the body of its answer was not kept"])


@pytest.mark.parametrize(
    ("posted", "body"),
    [
        ({"mimeType": "application/json", "text": base64.b64encode(b'{"a":1}').decode(), "encoding": "base64"}, b'{"a":1}'),
        ({"mimeType": "application/json", "text": None}, b""),
        ({"mimeType": "application/json", "text": '{"a":1}'}, b'{"a":1}'),
        ({"params": [{"name": "a", "value": "1 2"}, {"name": "b"}]}, b"a=1+2&b="),
    ],
)
def test_posted_data_are_decoded(posted: dict[str, Any], body: bytes) -> None:
    ((exchange,), told) = _read(_entry("POST", "/", 200, "", posted=posted))
    assert (exchange.request.body, told) == (body, [])


async def test_a_form_of_several_parts_is_made_again_from_its_fields() -> None:
    fields = [{"name": "a", "value": "1"}, {"name": "f", "value": "text", "fileName": 'x".txt', "contentType": "text/plain"}]
    kind = {"name": "Content-Type", "value": "multipart/form-data; boundary=lost"}
    posted = {"mimeType": "multipart/form-data", "params": fields}
    ((exchange,), _) = _read(_entry("POST", "/", 200, "", posted=posted, headers=[kind]))
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": dict(exchange.request.headers)["Content-Type"],
        "CONTENT_LENGTH": str(len(exchange.request.body)),
        "wsgi.input": BytesIO(exchange.request.body),
    }
    _, form, files = parse_form_data(environ)
    assert (form["a"], files["f"].read(), files["f"].mimetype) == ("1", b"text", "text/plain")


def test_a_form_whose_file_was_not_kept_is_left_out() -> None:
    posted = {"mimeType": "multipart/form-data", "params": [{"name": "f", "fileName": "x.txt"}]}
    assert _read(_entry("POST", "/", 200, "", posted=posted)) == ([], ["entry 0 is left out: the file of its field f was not kept"])
