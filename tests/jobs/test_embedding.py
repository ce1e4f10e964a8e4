"""Events become vectors in the background: repeats are marked, and events of other runs that are like one are found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.domain.sanitise import sanitise
from argus.integrations.embedder import SIZE, NgramEmbedder, distance, embedder_at
from argus.jobs.embedding import SETTLED, Settling, run_once, work_off
from argus.kit.errors import SCTServiceException
from argus.models.sct_event import SCTErrorEventEmbedding, SCTEvent, SCTUnprocessedEvent
from argus.plugins.sct.events import submit_events
from argus.plugins.sct.plugin import PLUGIN
from argus.plugins.sct.similarity import similar_events
from argus.runtime import Runtime
from argus.storage.errors import NoHostAvailable
from argus.storage.statements import delete, select
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

T = 1704110400
MOMENT = datetime(2024, 1, 1, 12)
DECOMMISSION = (
    "2025-05-01 10:00:00.123: (DatabaseLogEvent Severity.ERROR) period_type=one-time event_id={id}: type=RUNTIME_ERROR "
    "regex=std::runtime_error line_number={line} node=Node longevity-db-node-abc-1 [1.2.3.4 | 10.0.0.1]\n"
    "2025-05-01T10:00:00.123+00:00 longevity-db-node-abc-1 !ERR | scylla[1234]: [shard 2] storage_service - "
    "Decommission failed: node 10.0.0.{line} unreachable"
)
COMPACTION = "2025-05-01 10:00:00: (DatabaseLogEvent Severity.ERROR) compaction_manager - sstable is corrupted beyond repair"


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(PLUGIN) as found:
        yield found


def decommission(line: int = 1) -> str:
    return DECOMMISSION.format(id=uuid4(), line=line)


async def submit(runtime: Runtime, run_id: UUID, *texts: str, severity: str = "ERROR") -> None:
    common = {"run_id": "x", "severity": severity, "event_type": "DatabaseLogEvent"}
    items = [{**common, "ts": T + i, "message": text} for i, text in enumerate(texts)]
    await submit_events(runtime, str(run_id), items)


async def event_at(runtime: Runtime, run_id: UUID, seconds: int) -> SCTEvent:
    return await runtime.store.get(SCTEvent, run_id=run_id, severity="ERROR", ts=MOMENT + timedelta(seconds=seconds))


async def waiting(runtime: Runtime) -> list[SCTUnprocessedEvent]:
    return await runtime.store.all(select(SCTUnprocessedEvent))


async def test_a_repeat_is_marked_and_gets_no_vector(runtime: Runtime) -> None:
    run_id = uuid4()
    await submit(runtime, run_id, decommission(1), COMPACTION, decommission(7))
    assert await run_once(runtime) == 3
    newest, other, oldest = [await event_at(runtime, run_id, i) for i in (2, 1, 0)]
    assert (newest.duplicate_id, other.duplicate_id) == (None, None)
    assert oldest.duplicate_id == newest.event_id  # the queue is read newest first
    vectors = await runtime.store.all(select(SCTErrorEventEmbedding).where(run_id=run_id))
    assert [row.ts for row in vectors] == [newest.ts, other.ts]
    assert await waiting(runtime) == []


async def test_a_repeat_in_a_later_batch_or_of_another_severity(runtime: Runtime) -> None:
    run_id = uuid4()
    await submit(runtime, run_id, decommission())
    await run_once(runtime)
    await submit(runtime, run_id, decommission(), severity="CRITICAL")
    await run_once(runtime)
    critical = await runtime.store.get(SCTEvent, run_id=run_id, severity="CRITICAL", ts=MOMENT)
    assert critical.duplicate_id is None
    await submit(runtime, run_id, decommission(), decommission())
    await run_once(runtime)
    first, second = [await event_at(runtime, run_id, i) for i in (0, 1)]
    assert second.duplicate_id == first.event_id


async def test_when_the_first_of_its_kind_is_gone_the_next_one_is_the_first(runtime: Runtime) -> None:
    run_id = uuid4()
    await submit(runtime, run_id, decommission())
    await run_once(runtime)
    await runtime.store.write(delete(SCTEvent).where(run_id=run_id, severity="ERROR", ts=MOMENT))
    await submit_events(
        runtime, str(run_id), {"run_id": "x", "severity": "ERROR", "ts": T + 5, "message": decommission(), "event_type": "DatabaseLogEvent"}
    )
    await run_once(runtime)
    assert (await event_at(runtime, run_id, 5)).duplicate_id is None


@pytest.mark.parametrize("message", ["", "[ ]"])
async def test_an_event_that_says_nothing_leaves_the_queue(runtime: Runtime, message: str) -> None:
    run_id = uuid4()
    await submit(runtime, run_id, message, COMPACTION)
    assert await run_once(runtime) == 2
    assert await waiting(runtime) == []
    assert len(await runtime.store.all(select(SCTErrorEventEmbedding).where(run_id=run_id))) == 1


async def test_an_event_without_a_row_leaves_the_queue(runtime: Runtime) -> None:
    await runtime.store.save(SCTUnprocessedEvent(run_id=uuid4(), severity="ERROR", ts=MOMENT))
    assert await run_once(runtime) == 1
    assert await waiting(runtime) == []


async def test_a_database_that_is_down_costs_no_event(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = uuid4()
    await submit(runtime, run_id, COMPACTION)
    find = runtime.store.find

    async def down(*args: Any, **kwargs: Any) -> Any:
        raise NoHostAvailable("down")

    monkeypatch.setattr(runtime.store, "find", down)
    with pytest.raises(NoHostAvailable):
        await work_off(runtime)
    monkeypatch.setattr(runtime.store, "find", find)
    assert len(await waiting(runtime)) == 1
    assert await run_once(runtime) == 1


async def test_the_nearest_events_of_other_runs_one_each(runtime: Runtime) -> None:
    mine, twin, cousin = uuid4(), uuid4(), uuid4()
    await submit(runtime, mine, decommission(), COMPACTION)
    await submit(runtime, twin, COMPACTION, decommission())
    await submit(runtime, cousin, COMPACTION)
    await run_once(runtime)
    body = {"severity": "ERROR", "ts": "2024-01-01T12:00:00.000Z", "limit": 10}
    found = await similar_events(runtime, str(mine), body)
    assert [row["run_id"] for row in found] == [str(twin), str(cousin)]
    assert found[0] == {"run_id": str(twin), "severity": "ERROR", "ts": "2024-01-01T12:00:01.000Z"}


async def test_a_repeat_is_searched_by_the_event_that_it_repeats(runtime: Runtime) -> None:
    mine, twin = uuid4(), uuid4()
    await submit(runtime, mine, decommission(), decommission())
    await submit(runtime, twin, decommission())
    await run_once(runtime)
    for ts in ("2024-01-01T12:00:00.000Z", "2024-01-01T12:00:01.000Z"):
        found = await similar_events(runtime, str(mine), {"severity": "ERROR", "ts": ts})
        assert [row["run_id"] for row in found] == [str(twin)]


async def test_before_it_is_embedded_an_event_is_like_none(runtime: Runtime) -> None:
    run_id = uuid4()
    await submit(runtime, run_id, COMPACTION)
    assert await similar_events(runtime, str(run_id), {"severity": "ERROR", "ts": "2024-01-01T12:00:00Z"}) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing required parameters: severity and ts"),
        ({"severity": "ERROR", "ts": ""}, "Missing required parameter: ts"),
        ({"ts": "2024-01-01"}, "Missing required parameter: severity"),
        ({"severity": "ERROR", "ts": "yesterday"}, "Failed to fetch similar events: Invalid isoformat string: 'yesterday'"),
        ({"severity": "ERROR", "ts": "2020-01-01"}, "Failed to fetch similar events: No SCTEvent found matching "),
    ],
)
async def test_what_is_wrong_with_a_search(runtime: Runtime, body: dict[str, Any], message: str) -> None:
    with pytest.raises(SCTServiceException) as caught:
        await similar_events(runtime, str(uuid4()), body)
    assert str(caught.value).startswith(message)


def test_vectors_are_of_length_one_and_the_same_everywhere() -> None:
    vector = NgramEmbedder().embed(sanitise(decommission()))
    assert len(vector) == SIZE
    assert abs(sum(v * v for v in vector) - 1) < 1e-9
    assert list(vector) == list(NgramEmbedder().embed(sanitise(decommission(9))))
    assert [round(v, 6) for v in NgramEmbedder().embed("boom")[:4]] == [0.0, 0.0, -0.316228, 0.0]
    assert distance(vector, NgramEmbedder().embed(COMPACTION)) > 0.3


def test_the_embedder_of_a_configuration_is_made_once(tmp_path: Any) -> None:
    assert embedder_at(None) is embedder_at(None)
    assert isinstance(embedder_at(tmp_path), NgramEmbedder)  # what a model needs is not installed here


async def test_events_are_worked_off_when_they_have_settled(runtime: Runtime) -> None:
    moment, run_id = 0.0, uuid4()
    settling = Settling(clock=lambda: moment)
    await submit(runtime, run_id, decommission())
    assert await settling.work_off(runtime) == 0
    moment = SETTLED - 1
    await submit(runtime, uuid4(), COMPACTION)
    assert await settling.work_off(runtime) == 0
    moment = SETTLED
    assert await settling.work_off(runtime) == 1
    assert [row.run_id for row in await runtime.store.all(select(SCTErrorEventEmbedding))] == [run_id]
    moment = 2 * SETTLED
    assert await settling.work_off(runtime) == 1
    assert await runtime.store.all(select(SCTUnprocessedEvent)) == []
    await submit(runtime, run_id, decommission())  # sent again: it waits again
    assert await settling.work_off(runtime) == 0
