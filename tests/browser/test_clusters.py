"""Nine thousand failures of twelve kinds on a real server: the tab of events shows twelve lines, each opens to its events."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from argus.cli.stores import open_at
from argus.kit.clock import EPOCH
from argus.kit.settings import load_settings
from argus.models.sct_event import SCTEvent
from tests.browser.test_served import SEEN, Seen, alice, folder, page, run_id, server  # noqa: F401 - fixtures

pytestmark = [pytest.mark.usefixtures("alice"), pytest.mark.timeout(300)]

EVENTS = 9000
SHOWN_WITHIN = 1.0  # seconds from opening the tab
OPENINGS = 5  # of which the best counts: other programs may use the machine
SAID = (
    "raft_topology - topology change coordinator fiber got error: connection is closed",
    "seastar - Reactor stalled in scheduling group main while compaction was running",
    "storage_proxy - mutation write timeout: received only 1 responses from 2 CL=QUORUM",
    "table - failed to write sstable: std::bad_alloc while flushing a memtable",
    "stream_session - stream_transfer_task: peer closed the connection",
    "gossip - node is marked down although it answered a moment before",
    "hints_manager - cannot send hints to the endpoint, they are kept on disk",
    "repair - range was not repaired because a replica left the ring",
    "cql_server - exception while processing a prepared statement of a client",
    "commitlog - segment could not be recycled and the disk is nearly full",
    "view - building of the materialised view stopped at a token without owner",
    "auth - role could not be read from the system tables at quorum",
)
KINDS = len(SAID)


@pytest.fixture(scope="module")
def seen() -> Seen:
    """One look is enough for what is measured."""
    return SEEN["fastapi"]


@pytest.fixture(scope="module")
def clustered(alice: BrowserContext, folder: Path, run_id: str) -> str:  # noqa: F811
    """The run, whose failures a job has grouped."""
    with ThreadPoolExecutor(1) as apart:  # Playwright has a loop of its own in this thread
        apart.submit(asyncio.run, _fill(folder, UUID(run_id))).result()
    headers = {"Sec-Fetch-Site": "same-origin"}
    started = alice.request.post("/deduper/jobs", data={"reportId": run_id}, headers=headers)
    assert started.status == 201, started.text()
    job_id = started.json()["job"]["jobId"]
    give_up = time.monotonic() + 120
    while (job := alice.request.get(f"/deduper/jobs/{job_id}").json())["status"] != "completed":
        assert job["status"] in ("pending", "running"), job
        assert time.monotonic() < give_up, job
        time.sleep(0.2)
    assert job["result"]["events"] == EVENTS
    return run_id


async def _fill(folder: Path, run: UUID) -> None:  # noqa: F811
    settings = load_settings(DATA_DIR=folder)
    async with open_at(settings.storage_url, settings, models=()) as store:
        rows = [_row(run, number) for number in range(EVENTS)]
        for first in range(0, len(rows), 500):
            await asyncio.gather(*(store.save(row) for row in rows[first : first + 500]))


def _row(run: UUID, number: int) -> SCTEvent:
    """An event of one of the kinds, with a node, a shard and numbers of its own."""
    said = SAID[number % KINDS]
    dice = random.Random(number)
    head = f"node=db-{dice.randint(1, 6)} [shard {dice.randint(0, 13)}] line_number={number}"
    return SCTEvent(
        run_id=run,
        severity="ERROR",
        ts=EPOCH + timedelta(seconds=1_760_000_000 + number),
        event_id=UUID(int=dice.getrandbits(128), version=4),
        event_type="DatabaseLogEvent",
        node=f"db-{dice.randint(1, 6)}",
        message=f"{head} {said} after {dice.randint(1, 99_999)} ms, attempt {dice.randint(1, 9)}",
    )


def test_nine_thousand_failures_are_twelve_lines_and_each_opens(page: Page, clustered: str) -> None:  # noqa: F811
    lines = page.locator("li[data-cluster]")
    took = []
    for _ in range(OPENINGS):
        page.goto(f"/tests/scylla-cluster-tests/{clustered}")
        began = time.monotonic()
        page.goto(f"/tests/scylla-cluster-tests/{clustered}/sct-events?grouped=1")
        expect(lines).to_have_count(KINDS)
        took.append(time.monotonic() - began)
    print("twelve lines within", ", ".join(f"{seconds:.2f}" for seconds in took), "s")
    assert min(took) < SHOWN_WITHIN
    expect(page.get_by_text(f"{KINDS} clusters, {EVENTS} events")).to_be_visible()
    for number in range(KINDS):
        line = lines.nth(number)
        line.locator("summary").first.click()
        expect(line.locator("li").first).to_be_visible()
        line.locator("summary").first.click()
