"""The program of a job by itself: what it reads, keeps and tells its parent, and how it ends (`worker_main.enter`)."""

from __future__ import annotations

import asyncio
import errno
import json
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from argus.db.database import Database
from argus.db.revisions import upgrade
from argus.features.deduper import similar, worker_main
from argus.features.deduper.tables import DedupeCluster, DedupeMember
from argus.kit.clock import EPOCH
from argus.kit.ulids import new_ulid
from argus.models.sct_event import SCTEvent
from argus.run_types import registry_of, schema_with
from argus.runtime import store_at
from tests.deduper.labelled import labelled
from tests.serving import settings_for

EVENTS = 60
assert similar  # loaded here: while a loop runs, it would seem to be held
Enter = Callable[[dict[str, Any] | None], tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Enter:
    """Runs the program with parameters, as its parent starts it: exit code, and what it told."""
    upgrade(f"sqlite+aiosqlite:///{tmp_path}/platform.sqlite")
    monkeypatch.setenv("ARGUS_STORAGE", f"sqlite:///{tmp_path}/argus.sqlite")
    monkeypatch.setenv("ARGUS_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/platform.sqlite")
    monkeypatch.setattr(worker_main, "_end_with_parent", lambda: None)  # the parent of these tests gives no input, and ends nobody
    monkeypatch.setattr(worker_main, "TOLD_EVERY", 0.0)
    monkeypatch.setattr("argus.features.deduper.source.PAGE", 20)
    (tmp_path / "job").mkdir()
    monkeypatch.chdir(tmp_path / "job")

    def run(parameters: dict[str, Any] | None) -> tuple[int, list[dict[str, Any]]]:
        if parameters is not None:
            Path("parameters.json").write_text(json.dumps(parameters))
        monkeypatch.setattr(sys, "argv", ["worker_main", "--job-id", new_ulid(), "--attempt", "2"])
        code = worker_main.enter()
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def run_with_events(folder: Path) -> str:
    """A run with labelled ERROR events in the embedded database."""
    run_id, settings = uuid.uuid4(), settings_for(folder)
    plugins = registry_of(settings)

    async def save() -> None:
        store = store_at(settings.storage_url, settings, *schema_with(plugins))
        await store.start()
        for event, _ in labelled(EVENTS, 1):
            values = {"severity": event.severity, "event_id": event.event_id, "event_type": event.event_type, "node": event.node}
            at = EPOCH + timedelta(milliseconds=event.ts)
            await store.save(SCTEvent(run_id=run_id, ts=at, message=event.message, **values))
        await store.close()

    asyncio.run(save())
    return str(run_id)


def kept(folder: Path) -> tuple[int, int, set[int]]:
    """How many clusters and events were kept, and by which attempts."""

    async def count() -> tuple[int, int, set[int]]:
        database = Database(f"sqlite+aiosqlite:///{folder}/platform.sqlite")
        async with database.reading() as session:
            clusters = list(await session.scalars(select(DedupeCluster)))
            members = await session.scalar(select(func.count()).select_from(DedupeMember)) or 0
        await database.close()
        return len(clusters), members, {one.attempt for one in clusters}

    return asyncio.run(count())


def asked(report: str, **more: Any) -> dict[str, Any]:
    return {"reportId": report, "severity": ["ERROR", "CRITICAL"], "threshold": 0.85, "method": "near", **more}


def test_it_keeps_the_clusters_of_its_attempt_and_tells_how_far_it_is(enter: Enter, tmp_path: Path) -> None:
    code, told = enter(asked(run_with_events(tmp_path)))
    assert code == 0
    *progress, result = told
    assert result["type"] == "result"
    assert (result["events"], result["events"] - result["clusters"]) == (EVENTS, result["duplicates"])
    assert kept(tmp_path) == (result["clusters"], EVENTS, {2})
    percents = [one["percent"] for one in progress]
    assert percents == sorted(percents)
    for step in ("read 60/60", "compared", "kept 60/60"):
        assert any(step in one["message"] for one in progress), step


def test_of_no_events_there_are_no_clusters(enter: Enter) -> None:
    code, told = enter(asked(str(uuid.uuid4())))
    assert (code, told[-1]) == (0, {"type": "result", "events": 0, "clusters": 0, "duplicates": 0, "ratio": 0.0, "eventsUntil": 0})


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (None, "parameters.json: "),
        (asked("no report"), "reportId names no subject"),
        ({"reportId": "recent"}, "'severity' is missing"),
    ],
    ids=["no file", "no subject", "no severity"],
)
def test_parameters_that_are_none_end_it_with_64(enter: Enter, parameters: dict[str, Any] | None, said: str) -> None:
    code, told = enter(parameters)
    assert (code, told[-1]["code"]) == (64, "bad_parameters")
    assert told[-1]["message"].startswith(said)


def test_more_events_than_a_job_takes_end_it(enter: Enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_main, "MOST_EVENTS", EVENTS - 1)
    code, told = enter(asked(run_with_events(tmp_path)))
    assert (code, told[-1]) == (65, {"type": "error", "code": "too_many_events", "message": "more than 59 events"})
    assert kept(tmp_path) == (0, 0, set())


@pytest.mark.parametrize(
    "problem",
    [OSError(errno.ENOSPC, "No space left on device"), OperationalError("INSERT", {}, Exception("database or disk is full"))],
    ids=["file system", "SQLite"],
)
def test_a_full_disk_is_said(enter: Enter, monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    async def full(*_: Any) -> Any:
        raise problem

    monkeypatch.setattr(worker_main, "write", full)
    code, told = enter(asked(str(uuid.uuid4())))
    assert (code, told[-1]["code"]) == (74, "disk_full")


def test_a_fault_of_ours_is_told_by_its_traceback(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any) -> Any:
        raise RuntimeError("a fault")

    monkeypatch.setattr(worker_main, "write", fails)
    with pytest.raises(RuntimeError, match="a fault"):
        enter(asked(str(uuid.uuid4())))
