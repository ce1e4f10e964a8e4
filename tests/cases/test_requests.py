"""Requests that lanes and servers read differently."""

from __future__ import annotations

import json
import socket
import time
from uuid import uuid4

import httpx
import pytest

from tests.cases.tracker import Tracker

PICTURE = "/s/no-user-picture.png"


@pytest.mark.parametrize("twice", ["Content-Type", "Authorization"])
def test_a_header_sent_twice_counts_once(tracker: Tracker, twice: str) -> None:
    """django/asgiref#265, abersheeran/a2wsgi#21."""
    headers = [("Authorization", "token token-alice"), ("Content-Type", "application/json")]
    body = json.dumps({"name": "x", "leader": "no-uuid", "members": []})

    def said(sent: list[tuple[str, str]]) -> str:
        answer = httpx.post(f"{tracker.base_url}/api/v1/team/create", content=body, headers=sent).json()
        return str(answer["response"]["exception"])

    assert said([*headers, *(header for header in headers if header[0] == twice)]) == said(headers)


def test_logins_that_clients_cut_are_no_errors_of_the_lane(tracker: Tracker) -> None:
    """stephenhillier/starlette_exporter#77, modelcontextprotocol/python-sdk#1648, Soju06/codex-lb#1552, fastapi/fastapi#15312."""
    head = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nuser"
    before = _cut_logins(tracker)
    for _ in range(5):
        with socket.create_connection((tracker.base_url.host, tracker.base_url.port or 80)) as connection:
            connection.sendall(head.encode())
            time.sleep(0.05)  # so that the head and the cut are not read as one
    time.sleep(1.5)  # absences have nothing to wait for: the counters are told once a second
    assert _cut_logins(tracker) == before


def _cut_logins(tracker: Tracker) -> float:
    lines = tracker.get("/metrics").text.splitlines()
    wanted = [line for line in lines if line.startswith("argus_gateway_requests_total") and '"/auth/login"' in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in wanted if 'status="500"' in line)


def test_paths_that_lead_nowhere_make_no_series(tracker: Tracker) -> None:
    """trallnag/prometheus-fastapi-instrumentator#389, xr843/fojin#889."""
    tracker.get("/no/such")
    before = len(tracker.get("/metrics").text.splitlines())
    for _ in range(300):
        tracker.get(f"/no/such/{uuid4().hex}")
    assert len(tracker.get("/metrics").text.splitlines()) - before <= 40


def _picture(tracker: Tracker, **headers: str) -> httpx.Response:
    return tracker.get(PICTURE, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-0", slice(0, 1)), ("bytes=-5", slice(-5, None)), ("bytes=7-", slice(7, None)), (f"bytes=0-{10**30}", slice(None))],
    ids=["the first", "the last five", "from the eighth", "more than there is"],
)
def test_a_range_is_that_part_of_the_file(tracker: Tracker, wanted: str, part: slice) -> None:
    """jcomo/s3-proxy#740, hypha-dev/hypha#869."""
    whole = _picture(tracker).content
    answer = _picture(tracker, Range=wanted)
    assert answer.content == whole[part]
    assert answer.status_code in (200, 206)


def test_a_range_of_another_unit_is_ignored(tracker: Tracker) -> None:
    """RFC 9110, 14.2."""
    answer = _picture(tracker, Range="lines=1-2")
    assert (answer.status_code, answer.content) == (200, _picture(tracker).content)


def test_a_range_behind_the_end_is_refused(tracker: Tracker) -> None:
    """RFC 9110, 15.5.17."""
    length = len(_picture(tracker).content)
    assert _picture(tracker, Range=f"bytes={length}-").status_code == 416


@pytest.mark.parametrize("odd", ["bytes=5-2", "bytes=abc", "bytes=-0", "bytes=0-1,3-4", "bytes=" + ",".join(["0-1"] * 500)])
def test_an_odd_range_is_no_error_of_ours(tracker: Tracker, odd: str) -> None:
    """jcomo/s3-proxy#740."""
    assert _picture(tracker, Range=odd).status_code < 500


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', "*"])
def test_what_a_browser_has_already_is_not_sent_again(tracker: Tracker, form: str) -> None:
    """RFC 9110, 13.1.2."""
    etag = _picture(tracker).headers["etag"]
    assert _picture(tracker, If_None_Match=form.format(etag)).status_code == 304


def test_head_tells_the_length_and_sends_nothing(tracker: Tracker) -> None:
    """hypha-dev/hypha#869."""
    answer = tracker.head(PICTURE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(_picture(tracker).content))
