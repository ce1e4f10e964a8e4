"""The events of a run: newest first, page by page, narrowed by severity, text and time."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.data import SCT, ago, event, events, iso, run_id
from tests.browser.site import ORIGIN, Site, query_of

RUN = f"{ORIGIN}/tests/{SCT}/{run_id(7)}"
API = f"/api/v1/client/sct/{run_id(7)}/events"
MANY = [{**event(number, "ERROR", "DatabaseLogEvent", f"line {number}"), "ts": iso(ago(minutes=number))} for number in range(3000)]


def many(site: Site) -> None:
    """3,000 errors, a minute apart, the newest with number 0."""

    def page(asked: Any) -> dict[str, Any]:
        query = query_of(asked)
        rest = [item for item in MANY if item["ts"] < query.get("before", ["9"])[0]]
        some = rest[: int(query["limit"][0])]
        return {"events": some, "next": some[-1]["ts"] if len(rest) > len(some) else None}

    site.api[f"{API}/page"] = page
    site.api[f"{API}/histogram"] = {
        "start": MANY[-1]["ts"],
        "seconds": 3000.0,
        "counts": {"ERROR": [50] * 60},
        "totals": {"ERROR": 3000},
        "more": False,
    }


def test_a_severity_more_asks_for_one_page(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events")
    expect(page.get_by_text("3 lines, 13 of 13 events")).to_be_visible()
    site.requests.clear()
    page.get_by_role("button", name="Warning").click()
    expect(page.get_by_text("4 lines, 14 of 14 events")).to_be_visible()
    assert [request.url.split("?")[0] for request in site.requests if "/events/" in request.url] == [f"{ORIGIN}{API}/page"]


def test_the_newest_come_first_and_the_others_when_somebody_goes_there(page: Page, site: Site) -> None:
    many(site)
    page.goto(f"{RUN}/sct-events")
    rows = page.locator("li[id^=event-]")
    expect(rows.first).to_contain_text("line 0")
    loaded = page.get_by_text("newest first")
    expect(loaded).to_contain_text(" of 3000 events")
    for _ in range(40):
        if "1050 of" in loaded.inner_text():
            break
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(50)
    expect(loaded).to_contain_text("1050 lines, 1050 of 3000 events")
    assert rows.count() <= 250, "lines far out of sight are not drawn"
    page.evaluate("scrollTo(0, 0)")
    expect(rows.first).to_contain_text("line 0")


def test_a_nemesis_or_two_times_narrow_the_events(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events")
    timeline = page.get_by_role("list", name="Nemeses on the timeline")
    expect(timeline.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_text("3 lines, 13 of 13 events")).to_be_visible()
    timeline.get_by_role("button", name="RestartThenRepairNode").click()
    expect(page.get_by_text("No event of these severities matches.")).to_be_visible()
    page.get_by_role("button", name="Show all times").click()
    expect(page.get_by_text("3 lines, 13 of 13 events")).to_be_visible()
    page.get_by_label("To (UTC)").fill(str(events["ERROR"][0]["ts"])[:19])
    expect(page.get_by_text("1 lines, 1 of 13 events")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 lines, 1 of 13 events")).to_be_visible()


def test_a_drag_over_the_histogram_narrows_the_events(page: Page, site: Site) -> None:
    many(site)
    page.goto(f"{RUN}/sct-events")
    expect(page.locator("li[id^=event-]").first).to_be_visible()
    box = page.locator("details > svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 10)
    page.mouse.up()
    expect(page.get_by_role("button", name="Show all times")).to_be_visible()
    assert "from=" in page.url
    assert "to=" in page.url
    expect(page.locator("li[id^=event-]").first).not_to_contain_text("line 0")


def test_an_event_far_back_is_opened_by_its_link(page: Page, site: Site) -> None:
    old = events["ERROR"][0]["event_id"]
    page.goto(f"{RUN}/sct-events#event-{old}")
    expect(page.locator(f"#event-{old} pre")).to_contain_text("decommission failed")
    expect(page.locator("li[id^=event-]")).to_have_count(1)
    page.get_by_role("button", name="Show the newest events").click()
    expect(page.get_by_text("3 lines, 13 of 13 events")).to_be_visible()
    assert "#" not in page.url


def test_an_event_of_another_run_is_said_to_be_elsewhere(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events#event-00000000-0000-4000-8000-000000000000")
    expect(page.get_by_text("The event of this address is not in this run.")).to_be_visible()
    expect(page.get_by_text("3 lines, 13 of 13 events")).to_be_visible()


def test_new_events_come_by_themselves_but_do_not_move_what_somebody_reads(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events")
    page.locator("summary", has_text="ClusterHealthValidatorEvent").click()
    fresh = event(900, "ERROR", "DatabaseLogEvent", "one more")
    shown = [*events["ERROR"], fresh, *events["CRITICAL"]]
    site.api[f"{API}/page"] = {"events": sorted(shown, key=lambda item: str(item["ts"]), reverse=True), "next": None}
    site.tell(page, f"run:{run_id(7)}", ("events", {}))
    waiting = page.get_by_role("button", name="New events came: show")
    waiting.click()
    expect(page.locator("li[id^=event-]").first).to_contain_text("one more")
