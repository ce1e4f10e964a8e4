"""Both lanes answer alike, and neither fails."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from argus.auth.session import SessionCodec
from tests.parity import suite
from tests.parity.compare import differences, seen
from tests.parity.lanes import Asked


def compared(folder: Path, per_route: int, number: int) -> tuple[dict[str, suite.Result], list[str]]:
    """A comparison's results, and the requests that tell the lanes apart or fail."""
    wrong: list[Asked] = []
    results = asyncio.run(suite.run(folder, per_route, number, wrong.append))
    return results, list(map(str, wrong))


def test_lanes_answer_a_share_of_the_requests_alike(tmp_path: Path) -> None:
    results, wrong = compared(tmp_path, 2, 1)
    assert wrong == []
    assert sum(result.requests for result in results.values()) >= 400


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_lanes_answer_thousands_of_requests_alike(tmp_path: Path) -> None:
    results, wrong = compared(tmp_path, 20, 2)
    assert wrong == []
    assert sum(result.requests for result in results.values()) >= 5000


def answer(body: bytes = b"{}", **headers: str) -> httpx.Response:
    return httpx.Response(200, content=body, headers={"content-type": "application/json", **headers})


@pytest.mark.parametrize(
    ("other", "where"),
    [
        (answer(b'{"status": "ok", "response": [1, 3]}'), ".body.response[1]"),
        (answer(b'{"status": "ok", "response": [1, 2.0]}'), ".body.response[1]"),
        (answer(b'{"response": [1, 2], "status": "ok"}'), ".body: other order"),
        (answer(b'{"status": "ok", "response": [1, 2]}', vary="Cookie"), ".headers.vary"),
        (answer(b'{"status": "ok", "response": [1, 2]}', **{"set-cookie": "session=; Path=/"}), ".cookies"),
        (httpx.Response(404, content=b'{"status": "ok", "response": [1, 2]}', headers={"content-type": "application/json"}), ".status"),
    ],
)
def test_what_a_caller_can_see_is_a_difference(other: httpx.Response, where: str) -> None:
    codec = SessionCodec("of-tests")
    found = differences(seen(answer(b'{"status": "ok", "response": [1, 2]}'), codec), seen(other, codec))
    assert len(found) == 1
    assert found[0].startswith(where)


def test_trace_ids_are_no_difference() -> None:
    codec = SessionCodec("of-tests")
    one, two = (
        seen(answer(b'{"status": "error", "response": {"trace_id": "%s", "exception": "E"}}' % name), codec) for name in (b"one", b"two")
    )
    assert differences(one, two) == []


def test_a_record_keeps_what_was_not_asked_again(tmp_path: Path) -> None:
    import json

    file = tmp_path / "var" / "parity.json"
    suite.write({"users": suite.Result(10, 1, 0), "teams": suite.Result(5)}, file)
    suite.write({"users": suite.Result(12)}, file)
    kept = json.loads(file.read_text())["blueprints"]
    assert (kept["users"]["requests"], kept["users"]["differences"]) == (12, 0)
    assert kept["teams"]["requests"] == 5
    assert datetime.fromisoformat(kept["teams"]["time"]).tzinfo is not None
