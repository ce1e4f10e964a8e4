"""A replay takes turns with everybody else, ends in time and with its caller, and says how far it came."""

from __future__ import annotations

import asyncio
import gzip
import itertools
from pathlib import Path
from uuid import uuid4

import pytest

from argus.features.tracker.replay import service
from argus.kit.errors import ReplayServiceError, ServiceBusy
from argus.runtime import Runtime
from strangler.registry import Lane
from tests.features.tracker.replay.journals import (
    INGEST,
    LOGS,
    Application,
    ingest,
    lines,
    record,
    tar,
)
from tests.serving import serving

pytestmark = pytest.mark.anyio


async def test_errors_are_all_counted_but_not_all_listed(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_ERRORS", 2)
    summary = await ingest(runtime, Application(*[(500, b"no")] * 5), *(record(LOGS, n, run="a") for n in range(5)))
    assert (summary["failed"], len(summary["errors"])) == (5, 2)


async def test_others_are_served_between_any_two_records(runtime: Runtime) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    before: list[int] = []

    class Looking(Application):
        async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            before.append(turns)
            return await super().__call__(method, path, body)

    await ingest(runtime, Looking(), *(record(LOGS, n, run="a") for n in range(50)))
    beside.cancel()
    assert all(earlier < later for earlier, later in itertools.pairwise(before))


async def test_nothing_is_applied_for_a_caller_who_has_left(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CALLER_LOOK_SECONDS", 0.0)
    app = Application()

    async def gone() -> bool:
        return len(app.calls) >= 3

    archive = tar(a_jsonl=lines(*(record(LOGS, n, run="a") for n in range(50))))
    await service.ingest(runtime, app, gone, "application/x-tar", archive, service.Options(backfill_logs=False))
    assert len(app.calls) == 3


async def test_what_takes_too_long_ends_and_says_how_far_it_came(runtime: Runtime) -> None:
    runtime.settings.REPLAY_DEADLINE = 0.2

    class Slow(Application):
        async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            if len(self.calls) == 2:
                await asyncio.sleep(60)
            return await super().__call__(method, path, body)

    with pytest.raises(ReplayServiceError, match=r"^The archive takes too long: 2 of 5 records were applied in 0.2 seconds"):
        await ingest(runtime, Slow(), *(record(LOGS, n, run="a") for n in range(5)))


async def test_a_few_archives_are_applied_at_a_time(runtime: Runtime) -> None:
    going = asyncio.Event()

    class Held(Application):
        async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            await going.wait()
            return await super().__call__(method, path, body)

    held = Held()
    running = [asyncio.create_task(ingest(runtime, held, record(LOGS, 1, run="a"))) for _ in range(service.MOST_AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(ServiceBusy):
        await ingest(runtime, held, record(LOGS, 1, run="a"))
    going.set()
    assert [summary["succeeded"] for summary in await asyncio.gather(*running)] == [1] * service.MOST_AT_ONCE
    assert (await ingest(runtime, held, record(LOGS, 1, run="a")))["succeeded"] == 1


@pytest.mark.parametrize("lane", ["flask", "fastapi"])
async def test_a_replay_may_take_longer_than_a_request(tmp_path: Path, lane: Lane) -> None:
    records = [record(LOGS, n, {"schema_version": "v8", "logs": []}, run=str(uuid4())) for n in range(600)]
    async with serving(tmp_path, lane, REQUEST_DEADLINE=0.3) as server, server.client() as client:
        archive = gzip.compress(tar(a_jsonl=lines(*records)))
        answer = await client.post(f"{INGEST}?backfill_logs=0", content=archive, headers={"content-type": "application/gzip"})
        assert answer.json()["response"]["processed"] == 600
        assert float(answer.headers["server-timing"].partition("dur=")[2].split(",")[0]) > 300, "the test needs a longer journal"
