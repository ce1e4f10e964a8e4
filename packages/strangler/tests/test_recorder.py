"""Live traffic is recorded without what could name a person or open a door, and can be played."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from strangler.har import read_har
from strangler.recorder import Recorder, har_of, recording_to
from support.gateways import make_gateway, running
from support.server import until

pytestmark = pytest.mark.anyio

SECRETS = ("hunter2", "tok-1234567890abcdefghij", "ann@example.org", "s3ss10n", "Bearer")


def _entries(file: Path, number: int) -> list[Any]:
    until(lambda: file.exists() and len(file.read_text().splitlines()) >= number)
    return [json.loads(line) for line in file.read_text().splitlines()]


async def test_what_is_recorded_can_be_played_and_holds_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    async with running(make_gateway(around=recording_to(file))) as client:
        await client.get(
            "/runs/abc?token=hunter2&page=2&who=ann@example.org", headers={"Cookie": "session=s3ss10n", "Authorization": "Bearer x"}
        )
        asked = {"name": "x", "password": "hunter2", "by": ["ann@example.org"], "deep": {"api_key": 7, "note": "tok-1234567890abcdefghij"}}
        await client.post("/echo", json=asked)
        await client.post("/echo", data={"q": "1", "password": "hunter2"})
        await client.post("/echo", content=b"hunter2", headers={"Content-Type": "application/octet-stream"})
    text = json.dumps(_entries(file, 3))
    assert [each for each in SECRETS if each in text] == []
    assert len(_entries(file, 3)) == 3, "a body that cannot be redacted is not kept"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told: list[str] = []
    found = read_har(har_of(file.read_text() + '{"cut'), told.append)
    assert told == []
    assert [(each.request.method, each.request.url, each.answer.status) for each in found] == [
        ("GET", "/runs/abc?token=redacted&page=2&who=redacted", 200),
        ("POST", "/echo", 200),
        ("POST", "/echo", 200),
    ]
    assert json.loads(found[1].request.body) == {
        "name": "x",
        "password": "redacted",
        "by": ["redacted"],
        "deep": {"api_key": "redacted", "note": "redacted"},
    }
    assert found[2].request.body == b"q=1&password=redacted"


async def test_a_file_that_is_full_or_cannot_be_written_disturbs_nobody(tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    made: list[Recorder] = []

    def around(app: Any) -> Recorder:
        made.append(Recorder(app, file, most_bytes=2000))
        return made[0]

    async with running(make_gateway(around=around)) as client:
        for _ in range(20):
            assert (await client.get("/runs/abc")).status_code == 200
        until(lambda: made[0]._full)
        made[0]._full, made[0].file = False, tmp_path / "nowhere" / "file"
        assert (await client.get("/runs/abc")).status_code == 200
    assert file.stat().st_size <= 2000


async def test_a_share_of_nothing_records_nothing(tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    async with running(make_gateway(around=recording_to(file, percent=0))) as client:
        await client.get("/runs/abc")
    assert not file.exists()
