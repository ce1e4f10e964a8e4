"""What an archive may be, and the order in which its records are applied."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
import zstandard

from argus.features.tracker.replay import journal
from argus.features.tracker.replay.journal import records_of
from argus.features.tracker.replay.order import call_of, in_order
from argus.kit.errors import ReplayServiceError
from tests.features.tracker.replay.journals import (
    FINALIZE,
    HEARTBEAT,
    LOGS,
    STATUS,
    SUBMIT,
    lines,
    packed_zip,
    record,
    tar,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "pack",
    [
        lambda content: tar(dir__a_jsonl=content, notes_txt=b"no journal"),
        lambda content: gzip.compress(tar(a_jsonl=content)),
        lambda content: zstandard.compress(tar(a_jsonl=content)),
        lambda content: packed_zip("dir/a.jsonl", content),
    ],
    ids=["tar", "tar.gz", "tar.zst", "zip"],
)
def test_every_format_is_told_by_its_bytes(pack: Any) -> None:
    assert list(records_of(pack(lines({"ts": 1}) + b'\n\n{broken\n[1]\n\xff\n{"ts": 2}\n'))) == [{"ts": 1}, {"ts": 2}]


@pytest.mark.parametrize(
    "archive",
    [
        b"plain text",
        b"PK\x03\x04 not really",
        gzip.compress(b"no tar in here"),
        zstandard.compress(b"nor here"),
        gzip.compress(tar(a_jsonl=b'{"ts": 1}\n' * 5000))[:-40],
        zstandard.compress(tar(a_jsonl=bytes(range(32, 127)) * 9000))[:-2000],
    ],
)
def test_what_cannot_be_unpacked_is_refused(archive: bytes) -> None:
    with pytest.raises(ReplayServiceError, match=r"^Failed to decode archive: "):
        list(records_of(archive))


def test_an_archive_that_blows_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_BYTES", 10_000)
    with pytest.raises(ReplayServiceError, match="more than 10000 bytes"):
        list(records_of(packed_zip("a.jsonl", b" " * 10_001)))


def looking_back(window: int, content: bytes) -> bytes:
    """Compressed so that unpacking has to keep so many bytes."""
    parameters = zstandard.ZstdCompressionParameters(window_log=window.bit_length() - 1)
    packing = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packing.compress(content) + packing.flush()


@pytest.mark.parametrize(
    ("limit", "value", "archive"),
    [
        ("MAX_PACKED", 100, packed_zip("a.jsonl", lines(*({"ts": n} for n in range(100))))),
        ("MAX_RECORDS", 10, tar(a_jsonl=b"{}\n" * 11)),
        ("MAX_LINE", 50, tar(a_jsonl=b'{"endpoint": "' + b"x" * 50 + b'"}')),
        ("MAX_BYTES", 10_000, gzip.compress(tar(no_journal=b" " * 20_000, a_jsonl=b"{}"))),
        ("MAX_DIRECTORY", 10, packed_zip("a.jsonl", b"{}")),
        ("MAX_WINDOW", 1 << 20, looking_back(2 << 20, tar(a_jsonl=b"{}\n"))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_archive_has_bounds(monkeypatch: pytest.MonkeyPatch, limit: str, value: int, archive: bytes) -> None:
    assert list(records_of(archive))
    monkeypatch.setattr(journal, limit, value)
    with pytest.raises(ReplayServiceError, match="Failed to decode archive"):
        list(records_of(archive))


def test_runs_come_first_and_their_ends_last() -> None:
    records = [
        record(FINALIZE, 9, run="a"),
        record(STATUS, 8, {"new_status": "PASSED"}, run="a"),
        record(HEARTBEAT, 3, run="a"),
        record(HEARTBEAT, 4, run="b"),
        record(HEARTBEAT, 7, run="a"),
        record(LOGS, 6, run="a"),
        record(STATUS, 5, {"new_status": "running"}, run="a"),
        record(SUBMIT, 20),
    ]
    order = [(call.endpoint, call.ts) for call in in_order([*map(call_of, records)])]
    assert order == [(SUBMIT, 20), (STATUS, 5), (LOGS, 6), (HEARTBEAT, 7), (HEARTBEAT, 4), (STATUS, 8), (FINALIZE, 9)]


def test_odd_records_become_calls() -> None:
    call = call_of({"endpoint": "/sct/$id//stress_cmd/submit", "ts": None, "method": "put", "location_params": None, "params": []})
    assert (call.endpoint, call.ts, call.method, call.location, call.params) == ("/sct/$id/stress_cmd/submit", 0, "PUT", {}, {})
    assert call_of({"endpoint": None}).endpoint == ""
