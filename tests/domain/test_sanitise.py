"""What is left of a message when everything is taken out that differs from run to run (docs/contract/events.md#sanitising)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.domain.sanitise import sanitise

LOG = (
    "2025-05-01 10:00:00.123: (DatabaseLogEvent Severity.ERROR) period_type=one-time event_id=6bb2d9ee-7a8a-4b7e-9f1e-1d4a0a8b2c3d: "
    "type=RUNTIME_ERROR regex=std::runtime_error line_number=1234 node=Node longevity-db-node-abc-1 [1.2.3.4 | 10.0.0.1]\n"
    "2025-05-01T10:00:00.123+00:00 longevity-db-node-abc-1 !ERR | scylla[1234]: [shard 2] storage_service - "
    "Decommission failed: node 10.0.0.3 unreachable"
)


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("ip fe80::1 and 1:2:3:4:5:6:7:8 and a::b", "ip IP and IP and IP"),
        (
            "download_instructions: gsutil cp gs://b/core.1 . and corefile_url=https://s/core.gz end",
            "download_instructions URL . and URL end",
        ),
        ("Found PID: 113 (scylla)\nkept\n  Storage: /var/core", "Found kept"),
        ("message=boom message too", "boom too"),
        ("at /usr/lib (libc.so.6 + 0x8b) 0xdeadbeef end", "at /usr/lib end"),
        ("bad [scylla[42]]: thing", "bad thing"),
        ('File "/sct/tester.py", line 12, in run  raise', "in run raise"),
        ("Stack trace of thread 42: #0 raise", "Stack #0 raise"),
        ("call (word) and (a.b.c) ()", "call word and a_b.c) ()"),
        ('it\'s "quoted" with\\nlines\\and', "its quoted with linesand"),
        ("x" * 150, "x" * 100),
        ("node longevity-loader-node-3abc-2 and perf-monitor-node-xx-11", "loader and monitor"),
        ("read /var/lib/scylla/data/ks/t-1/me.db failed", "read DATA failed"),
        ("in /home/u/scylla-cluster-tests/sdcm/x.py:1", "in SCT"),
        ("ab abc boom boom boom", "abc boom"),
        ("a|b,[c]: d", "a b c d"),
        ("Please report: at https://x\nnext", "next"),
        ("Module scylla from rpm scylla-1.2\nkept", "kept"),
    ],
)
def test_noise_goes_and_the_failure_stays(message: str, left: str) -> None:
    assert sanitise(f"2025-05-01 10:00: (Kind {message}") == f"2025-05-01 Kind {left}"


def test_the_text_before_the_kind_of_event_goes() -> None:
    assert sanitise("Error: Connection failed to 192.168.1.1") == "Error Connection failed to IP"
    left = "DatabaseLogEvent ID type RUNTIME_ERROR regex std runtime_error db !ERR scylla 1234 shard 2 storage_service"
    assert sanitise(LOG) == f"2025-05-01 {left} - Decommission failed node IP unreachable"


def test_frames_of_the_backtrace_itself_go() -> None:
    message = (
        "Day (backtrace follows\n (inlined by) do_work at work.cc:12\nvoid seastar::backtrace(...)\nx at main.cc: 1\n ??: nothing\nlast"
    )
    assert sanitise(message) == "Day backtrace follows do_work at work_cc 12 last"


def test_a_backtrace_that_begins_late_is_no_backtrace() -> None:
    assert "seastar" in sanitise("x " * 600 + "backtrace\nseastar::backtrace")


@given(st.text(max_size=300))
def test_any_text_is_taken_and_comes_out_in_one_line(message: str) -> None:
    assert sanitise(message) == " ".join(sanitise(message).split())
