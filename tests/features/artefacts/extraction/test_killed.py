"""Attempts that die: at each step of the work another one begins anew, and the job ends once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from argus.features.artefacts.extraction import handlers, outputs
from argus.platform import queue
from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk

pytestmark = pytest.mark.anyio

STEPS: dict[str, tuple[Any, str]] = {
    "before anything": (handlers, "_begin"),
    "before the document is copied": (handlers, "_copy"),
    "before the reading": (handlers, "_read"),
    "with a table and no rows": (outputs, "add_rows"),
    "with all rows": (outputs, "tables_of"),
    "before a CSV": (handlers, "_export"),  # not what it calls: a CSV that fails is no end of the attempt
    "in the last transaction": (outputs, "keep_exports"),
    "behind the documents": (handlers, "_summary"),
}


class Crash(Exception):
    """What a worker's process dies of, as its handler sees it."""


def dying(original: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The function, which dies so often before it works."""
    left = [times]

    def either(*arguments: Any, **named: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise Crash("killed here")
        return original(*arguments, **named)

    return either


@pytest.mark.parametrize("step", STEPS)
async def test_an_attempt_that_dies_at_any_step_is_followed_by_one_that_succeeds(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "BACK_OFF", (0.05, 0.05, 0.05))
    module, name = STEPS[step]
    monkeypatch.setattr(module, name, dying(getattr(module, name), 1))
    document = await desk.upload("a.pdf", making.two_tables())
    job = await desk.ended((await desk.job(document["document_id"]))["job_id"])
    assert (job["status"], job["attempt"]) == ("success", 2), job
    tables = await desk.tables(job["job_id"])
    assert [await desk.rows(table) for table in tables] == [[list(row) for row in rows[1:]] for rows in (making.WRITES, making.READS)]
    produced = await desk.json("GET", "/documents", params={"produced_by_job_id": job["job_id"]})
    assert len(produced["items"]) == 2
    events = await desk.events(f"/jobs/{job['job_id']}")
    for once in ("job.created", "job.status.running", "job.status.success", "job.exports.persisted"):
        assert events.count(once) == 1, events


@pytest.mark.parametrize("step", ["before the reading", "with all rows", "in the last transaction"])
async def test_a_job_whose_every_attempt_dies_fails_and_shows_nothing(desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "BACK_OFF", (0.05, 0.05, 0.05))
    module, name = STEPS[step]
    monkeypatch.setattr(module, name, dying(getattr(module, name), 3))
    document = await desk.upload("a.pdf", making.two_tables())
    job = await desk.ended((await desk.job(document["document_id"]))["job_id"])
    assert (job["status"], job["attempt"]) == ("failed", 3), job
    assert job["error"]["code"]
    assert await desk.tables(job["job_id"]) == []
    assert (await desk.json("GET", "/documents", params={"produced_by_job_id": job["job_id"]}))["items"] == []
    assert (await desk.events(f"/jobs/{job['job_id']}")).count("job.status.failed") == 1
    await desk.json("DELETE", f"/documents/{document['document_id']}", 204)
