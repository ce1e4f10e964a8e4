"""Events of a run come newest first, page by page without a gap, and are counted over time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.models.sct_event import SCTEvent
from argus.plugins.sct import event_pages
from tests.features.tracker.making import answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 1, 1, 12)


def path(run: UUID, what: str) -> str:
    return f"/api/v1/client/sct/{run}/events/{what}"


async def some(server: Server, count: int, severity: str = "ERROR", **values: Any) -> UUID:
    run = uuid4()
    for n in range(count):
        await server.store.save(SCTEvent(run_id=run, severity=severity, ts=NOON + timedelta(seconds=n), message=f"event {n}", **values))
    return run


async def walk(client: httpx.AsyncClient, run: UUID, **query: Any) -> tuple[list[str], int]:
    """Messages of all pages, and how many pages there were."""
    seen: list[str] = []
    before, pages = "", 0
    while before is not None:
        answer = await answered(client.get(path(run, "page"), params={**query, "before": before}))
        seen += [event["message"] for event in answer["events"]]
        before, pages = answer["next"], pages + 1
    return seen, pages


async def test_pages_follow_one_another_newest_first(server: Server, client: httpx.AsyncClient) -> None:
    run = await some(server, 25)
    seen, pages = await walk(client, run, limit=10)
    assert seen == [f"event {n}" for n in reversed(range(25))]
    assert pages == 3


async def test_events_of_one_millisecond_are_not_lost_between_pages(server: Server, client: httpx.AsyncClient) -> None:
    run = uuid4()
    for n in range(6):
        for severity in ("CRITICAL", "ERROR", "WARNING"):
            row = SCTEvent(run_id=run, severity=severity, ts=NOON + timedelta(seconds=n), message=f"{severity} {n}")
            await server.store.save(row)
    for limit in (1, 2, 4, 5):
        seen, _ = await walk(client, run, limit=limit)
        assert sorted(seen) == sorted(f"{severity} {n}" for n in range(6) for severity in ("CRITICAL", "ERROR", "WARNING"))
        only, _ = await walk(client, run, limit=limit, **{"severity[]": ["ERROR", "WARNING"]})
        assert len(only) == 12


async def test_a_page_begins_with_the_event_that_a_link_names(server: Server, client: httpx.AsyncClient) -> None:
    run = await some(server, 9)
    every = (await answered(client.get(path(run, "page"))))["events"]
    named = every[4]["event_id"]
    assert (await answered(client.get(path(run, "page"), params={"event": named, "limit": 2})))["events"] == every[4:6]
    assert (await refused(client.get(path(uuid4(), "page"), params={"event": named})))[0] == "DataValidationError"


async def test_a_text_is_looked_for_in_a_bounded_part_a_page(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await some(server, 30)
    monkeypatch.setattr(event_pages, "SCANNED", 10)
    seen, pages = await walk(client, run, q="EVENT 3")
    assert (seen, pages) == (["event 3"], 4)


async def test_a_text_is_found_behind_what_a_page_has_looked_at_of_another_severity(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = uuid4()
    for n in range(20):
        for severity, later in (("ERROR", 1), ("WARNING", 0)):  # all errors come after all warnings, and few of them have the text
            moment, message = NOON + timedelta(hours=later, seconds=n), f"{severity} {n}" + (" seen" if n % 7 == 0 or not later else "")
            await server.store.save(SCTEvent(run_id=run, severity=severity, ts=moment, message=message))
    monkeypatch.setattr(event_pages, "SCANNED", 5)
    seen, _ = await walk(client, run, q="seen", limit=3)
    assert seen == [f"ERROR {n} seen" for n in (14, 7, 0)] + [f"WARNING {n} seen" for n in reversed(range(20))]


async def test_events_are_counted_over_time(server: Server, client: httpx.AsyncClient) -> None:
    run = await some(server, 120)
    await server.store.save(SCTEvent(run_id=run, severity="CRITICAL", ts=NOON, message="first"))
    told = await answered(client.get(path(run, "histogram")))
    assert told["totals"] == {"CRITICAL": 1, "ERROR": 120}
    assert told["counts"]["CRITICAL"][0] == 1
    assert (len(told["counts"]["ERROR"]), sum(told["counts"]["ERROR"]), told["start"][:19]) == (60, 120, "2026-01-01T12:00:00")
    assert max(told["counts"]["ERROR"]) <= 3
    nothing = await answered(client.get(path(uuid4(), "histogram")))
    assert (nothing["start"], nothing["counts"]) == (None, {})


@pytest.mark.parametrize("query", [{"limit": "501"}, {"limit": "0"}, {"limit": "x"}, {"q": "x" * 201}])
async def test_bounds(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await refused(client.get(path(uuid4(), "page"), params=query)))[0] == "DataValidationError"
