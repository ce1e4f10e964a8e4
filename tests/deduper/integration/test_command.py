"""`argus dedupe`: a caller of the service itself, in whichever process it is typed."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from argus.cli.stores import open_configured
from argus.cli.terminal import run as finish
from argus.db.database import Database
from argus.db.url import database_url
from argus.features.deduper import ledger, results
from argus.features.deduper.clustering import cluster
from argus.features.deduper.corpus import Corpus
from argus.kit.settings import load_settings
from argus.plugins.sct.model import SCTTestRun
from tests.cli.conftest import Argus, argus  # noqa: F401
from tests.deduper.labelled import labelled

EVENTS = 60


@pytest.fixture
def report(argus: Argus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """A run in the database that the command opens."""
    monkeypatch.setenv("ARGUS_DATA_DIR", str(tmp_path))
    run_id = uuid.uuid4()

    async def save() -> None:
        async with open_configured() as store:
            await store.save(SCTTestRun(build_id="job", id=run_id))

    finish(save())
    return str(run_id)


def started(argus: Argus, report: str, *more: str) -> dict[str, Any]:  # noqa: F811
    found: dict[str, Any] = json.loads(argus("dedupe", "start", report, "--json", *more).stdout)
    return found


def completed(job_id: str, report: str) -> int:
    """Do what a program and its server do for a job; how many clusters there are."""
    corpus = Corpus()
    for event, _ in labelled(EVENTS, 1):
        corpus.add(event)
    found = cluster(corpus)

    async def work() -> None:
        database = Database(database_url(load_settings()))
        await results.write(database, report, job_id, 1, found, [f"{one.event_type} said\nmore" for one in found.clusters])
        async with database.transaction() as session:
            await ledger.begin(session, job_id, 1, "host")
            job = await ledger.find(session, job_id)
            assert job is not None
            assert await ledger.publish(session, job, 1, {"events": EVENTS, "published": True}, 7)
        await database.close()

    asyncio.run(work())
    return len(found.clusters)


def test_a_job_is_started_once_and_cancelled(argus: Argus, report: str) -> None:  # noqa: F811
    job = started(argus, report, "--severity", "ERROR", "--threshold", "0.9")
    assert (job["status"], job["createdBy"]) == ("pending", "command line")
    assert (job["parameters"]["severity"], job["parameters"]["threshold"]) == (["ERROR"], 0.9)
    again = argus("dedupe", "start", report)
    assert "A job for this report is active already." in again.stderr
    assert job["jobId"] in again.stdout
    assert json.loads(argus("dedupe", "status", job["jobId"], "--json").stdout)["reportId"] == report
    assert json.loads(argus("dedupe", "cancel", job["jobId"], "--json").stdout)["status"] == "cancelled"
    assert "cancelled" in argus("dedupe", "status", job["jobId"]).stdout


def test_clusters_are_shown_and_cleared(argus: Argus, report: str) -> None:  # noqa: F811
    count = completed(started(argus, report)["jobId"], report)
    items = json.loads(argus("dedupe", "clusters", report, "--json").stdout)["items"]
    assert (len(items), sum(one["size"] for one in items)) == (count, EVENTS)
    shown = argus("dedupe", "clusters", report, "--limit", "2").stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["EVENTS", *(str(one["size"]) for one in items[:2])]
    assert "said" in shown
    assert "more" not in shown, "the first line of a message is enough"
    assert argus("dedupe", "clear", "--report", report).stdout == f"1 jobs and {count} clusters removed.\n"
    assert json.loads(argus("dedupe", "clear", "--json").stdout) == {"deleted": {"jobs": 0, "clusters": 0}}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("start", "no report"), "Report not found"),
        (("start", "{report}", "--severity", "LOUD"), "body.parameters.severity.0: Input should be"),
        (("status", "nothing"), "Job not found"),
        (("cancel", "nothing"), "Job not found"),
        (("clusters", "{report}"), "There is no result for this report"),
    ],
)
def test_what_is_refused_is_said_in_a_line(argus: Argus, report: str, words: tuple[str, ...], reason: str) -> None:  # noqa: F811
    refused = argus("dedupe", *(word.format(report=report) for word in words))
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"Error: {reason}")
    assert len(refused.stderr.splitlines()) == 1


def test_clear_waits_for_jobs_or_cancels_them(argus: Argus, report: str) -> None:  # noqa: F811
    started(argus, report)
    refused = argus("dedupe", "clear")
    assert (refused.exit_code, refused.stderr) == (1, "Error: Jobs are pending or running\n")
    assert "1 jobs and 0 clusters removed." in argus("dedupe", "clear", "--cancel").stdout
