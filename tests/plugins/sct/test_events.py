"""Events of a run: stored by severity and millisecond, read by window, core dumps linked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from argus.kit import losses
from argus.kit.parse import uuid_of
from argus.models.enums import SCTEventSeverity
from argus.models.sct_event import CriticalEventEmbeddings, ErrorEventEmbeddings, SCTUnprocessedEvent
from argus.plugins.sct.core_dumps import core_dump_log
from argus.plugins.sct.events import Window, count_events, events_of, legacy_similars, submit_events, window_of
from argus.plugins.sct.model import SCTTestRun
from argus.runtime import Runtime
from argus.storage.errors import InvalidRequest
from argus.storage.statements import select
from tests.plugins.sct.conftest import stored

pytestmark = pytest.mark.anyio

T = 1704110400


def event(ts: float = T, severity: str = "ERROR", **values: Any) -> dict[str, Any]:
    return {"run_id": "not used", "severity": severity, "ts": ts, "message": f"at {ts}", "event_type": "DatabaseLogEvent", **values}


async def messages(runtime: Runtime, run_id: str, *severities: str, **window: Any) -> list[str | None]:
    return [found.message for found in await events_of(runtime, run_id, severities, Window(**window))]


async def test_events_of_all_severities_come_oldest_first(runtime: Runtime) -> None:
    run_id = str(uuid4())
    await submit_events(runtime, run_id, [event(T + 3, "debug"), event(T + 1, "Warning"), event(T + 2, "CRITICAL"), event(T)])
    assert await messages(runtime, run_id) == [f"at {T + i}" for i in range(4)]
    assert await messages(runtime, run_id, "WARNING", "DEBUG") == [f"at {T + 1}", f"at {T + 3}"]
    assert [await count_events(runtime, run_id, severity.value) for severity in SCTEventSeverity] == [1, 1, 1, 0, 1]


async def test_a_window_keeps_the_oldest_of_each_severity_between_its_bounds(runtime: Runtime) -> None:
    run_id = str(uuid4())
    await submit_events(runtime, run_id, [event(T + i) for i in range(5)] + [event(T + i, "CRITICAL") for i in range(5)])
    assert await messages(runtime, run_id, limit=1) == [f"at {T}"] * 2
    after, before = datetime(2024, 1, 1, 12, 0, 1), datetime(2024, 1, 1, 12, 0, 3)
    assert await messages(runtime, run_id, "ERROR", after=after, before=before) == [f"at {T + i}" for i in (1, 2, 3)]
    assert await messages(runtime, run_id, "ERROR", before=before, limit=2) == [f"at {T}", f"at {T + 1}"]


def test_a_window_is_read_from_text() -> None:
    assert window_of(None, "", None) == Window(100)
    assert window_of("5", "0", str(T)) == Window(5, datetime(1970, 1, 1), datetime(2024, 1, 1, 12))
    for query in (("", None, None), ("5", "1.5", None), ("5", None, "noon")):
        with pytest.raises(ValueError, match="invalid literal for int"):
            window_of(*query)
    with pytest.raises(InvalidRequest):
        window_of("0", None, None)


async def test_a_call_repeated_leaves_one_event_with_a_new_id(runtime: Runtime) -> None:
    run_id = str(uuid4())
    await submit_events(runtime, run_id, event(T + 0.1231))
    (first,) = await events_of(runtime, run_id, [], Window())
    await submit_events(runtime, run_id, event(T + 0.1239, message="again"))
    (second,) = await events_of(runtime, run_id, [], Window())
    assert (first.ts, second.ts) == (second.ts, datetime(2024, 1, 1, 12, 0, 0, 123000))
    assert second.message == "again"
    assert second.event_id != first.event_id


async def test_two_events_of_one_call_in_one_millisecond_are_both_kept(runtime: Runtime) -> None:
    run_id = str(uuid4())
    burst = [event(message="a"), event(message="b"), event(T + 0.001, message="c"), event(severity="CRITICAL", message="d")]
    for _ in range(2):  # and a repeat of the call adds none
        await submit_events(runtime, run_id, burst)
    assert await messages(runtime, run_id, "ERROR") == ["a", "b", "c"]
    assert await messages(runtime, run_id, "CRITICAL") == ["d"]


async def test_texts_of_another_type_become_text(runtime: Runtime) -> None:
    run_id = str(uuid4())
    losses.begin()
    values: dict[str, Any] = {
        "message": {"a": 1},
        "event_type": 5,
        "node": ["n1"],
        "nemesis_name": True,
        "known_issue": None,
        "duration": "1.5",
    }
    await submit_events(runtime, run_id, [event(T, **values), event(T + 1, duration="soon"), event(T + 2, duration=1e300)])
    found = await events_of(runtime, run_id, [], Window())
    kept = found[0]
    assert (kept.message, kept.event_type, kept.node, kept.nemesis_name, kept.known_issue) == ("{'a': 1}", "5", "['n1']", "True", None)
    assert [each.duration for each in found] == [1.5, None, None]
    assert losses.losses() == ["duration: 'soon' is no number", "duration: '1e+300' is no number"]


async def test_errors_and_criticals_wait_for_the_embedding(runtime: Runtime) -> None:
    run_id = uuid4()
    await submit_events(runtime, str(run_id), [event(severity=severity.value) for severity in SCTEventSeverity])
    waiting = await runtime.store.all(select(SCTUnprocessedEvent).where(run_id=run_id))
    assert [row.severity for row in waiting] == ["CRITICAL", "ERROR"]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (event(severity="FATAL"), ValueError),
        (event(colour="red"), TypeError),
        ({"severity": "ERROR", "ts": T}, TypeError),
        (event(received_timestamp="noon"), ValueError),
        ({**event(), "ts": "soon"}, ValueError),
        ("text", TypeError),
    ],
)
async def test_a_bad_event_ends_the_call_and_those_before_it_stay(runtime: Runtime, bad: Any, error: type[Exception]) -> None:
    run_id = str(uuid4())
    with pytest.raises(error):
        await submit_events(runtime, run_id, [event(), bad, event(T + 2)])
    assert await messages(runtime, run_id) == [f"at {T}"]


@pytest.mark.parametrize(
    ("message", "log"),
    [
        ("node=Node db-1 [1.2.3.4]\ncorefile_url=https://s/core.1.gz\nbacktrace=", "core.scylla-db-1-2024-01-01_12-00-00.gz"),
        ("node=db-2\ncorefile_url=https://s/core.1.gz", "core.scylla-db-2-2024-01-01_12-00-00.gz"),
        ("corefile_url=https://s/core.1.verylongextension node=db-3", "core.scylla-db-3-2024-01-01_12-00-00.zst"),
        ("no link node=db-1", None),
    ],
)
def test_the_log_of_a_core_dump(message: str, log: str | None) -> None:
    found = core_dump_log("COREDUMPEVENT", message, datetime(2024, 1, 1, 12))
    assert (found[0] if found else None) == log
    assert core_dump_log("DatabaseLogEvent", message, datetime(2024, 1, 1, 12)) is None


def test_a_node_without_a_name_gets_a_time_based_one() -> None:
    moment = datetime(2024, 1, 1, 12)
    found = core_dump_log("CoreDumpEvent", "corefile_url=https://s/core.zst", moment)
    assert found is not None
    node = uuid_of(found[0].removeprefix("core.scylla-unknown-node-").removesuffix("-2024-01-01_12-00-00.zst"))
    assert (node.version, node.node, node.clock_seq) == (1, 1000, 128)
    assert (node.time - 0x01B21DD213814000) / 10**7 == T


async def test_a_core_dump_becomes_a_log_once_and_only_of_a_known_run(runtime: Runtime, run: SCTTestRun) -> None:
    dump = event(message="node=n\ncorefile_url=https://s/c.gz", event_type="CoreDumpEvent")
    for run_id in (str(run.id), str(run.id), str(uuid4())):
        await submit_events(runtime, run_id, dump)
        assert await count_events(runtime, run_id, "ERROR") == 1
    assert (await stored(runtime, run.id)).logs == [("core.scylla-n-2024-01-01_12-00-00.gz", "https://s/c.gz")]


async def test_similarity_of_an_earlier_generation_is_still_told(runtime: Runtime) -> None:
    run_id, other = uuid4(), uuid4()
    await runtime.store.save(CriticalEventEmbeddings(run_id=run_id, event_index=0, duplicates_list=[3]))
    await runtime.store.save(ErrorEventEmbeddings(run_id=run_id, event_index=1, similars_map={other: 5}))
    assert await legacy_similars(runtime, str(run_id)) == [
        {"event_index": 1, "severity": "ERROR", "similars_set": [str(other)], "duplicates_list": []},
        {"event_index": 0, "severity": "CRITICAL", "similars_set": [], "duplicates_list": [3]},
    ]
