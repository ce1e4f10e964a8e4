"""What helps to find out why a run failed: events seen before, a timeline, settings, logs, pictures, a discussion."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.data import ALICE, GROUP_ID, RELEASE_ID, SCT, TEST_ID, events, group, release, run_id, test
from tests.browser.site import ORIGIN, Site

RUN = f"{ORIGIN}/tests/{SCT}/{run_id(7)}"
CRITICAL = events["CRITICAL"][0]
SCT_CLIENT = "/api/v1/client/sct"
ISSUE = {
    "subtype": "github",
    "number": 42,
    "state": "open",
    "title": "node is down",
    "url": "https://github.com/o/r/issues/42",
    "owner": "o",
    "repo": "r",
}


def test_an_event_tells_where_it_was_seen_before_and_takes_over_the_issue(page: Page, site: Site) -> None:
    other = run_id(3)
    site.api[f"{SCT_CLIENT}/{run_id(7)}/event/similar"] = [{"run_id": other, "severity": "CRITICAL", "ts": CRITICAL["ts"]}]
    info = {"build_id": "scylla-2026.1/x#3", "start_time": "2026-01-01T10:00:00", "version": "2026.1.0~rc0-20260101", "issues": [ISSUE]}
    site.api[f"{SCT_CLIENT}/similar_runs_info"] = {other: info}
    submit = f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/issues/event/{CRITICAL['event_id']}/submit"
    site.api[submit] = {"status": "ok"}
    page.goto(f"{RUN}/sct-events#event-{CRITICAL['event_id']}")
    page.get_by_role("button", name="Seen before?").click()
    table = page.get_by_role("table", name="Runs with an event like this")
    expect(table.get_by_role("link", name="scylla-2026.1/x#3")).to_have_attribute("href", f"/test_run/{other}")
    site.api["/api/v1/issues/get"] = [{**ISSUE, "id": "i1", "event_id": CRITICAL["event_id"], "user_id": ALICE, "added_on": None}]
    table.get_by_role("button", name="Link here").click()
    expect(page.get_by_role("list", name="Issues of this event")).to_contain_text("o/r#42 node is down")
    assert site.posted(submit) == [{"issue_url": ISSUE["url"]}]


def test_a_nemesis_of_the_timeline_narrows_the_events_to_its_time(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events")
    timeline = page.get_by_role("list", name="Nemeses on the timeline")
    expect(timeline.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_text("3 lines, 13 events")).to_be_visible()
    timeline.get_by_role("button", name="RestartThenRepairNode").click()
    expect(page.get_by_text("0 lines, 13 events")).to_be_visible()
    page.get_by_role("button", name="Show all times").click()
    expect(page.get_by_text("3 lines, 13 events")).to_be_visible()


def test_a_severity_more_asks_for_its_list_only(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events")
    expect(page.get_by_text("3 lines, 13 events")).to_be_visible()
    site.requests.clear()
    page.get_by_role("button", name="Warning").click()
    expect(page.get_by_text("4 lines, 14 events")).to_be_visible()
    assert [request.url.split("?")[0] for request in site.requests if "/events/" in request.url] == [
        f"{ORIGIN}{SCT_CLIENT}/{run_id(7)}/events/WARNING/get"
    ]


def test_a_setting_is_found_and_linked_to(page: Page, site: Site) -> None:
    site.api[f"/api/v1/client/{run_id(7)}/config/all"] = [
        {"name": "sct_config", "content": '{"n_db_nodes": 6, "nemesis": {"selector": "topology", "seeds": [1, 2]}}'}
    ]
    page.goto(f"{RUN}/setup")
    table = page.get_by_role("table", name="Settings of SCT configuration")
    expect(table.get_by_role("row")).to_have_count(5)
    table.get_by_role("link", name="nemesis.selector").click()
    expect(table.get_by_role("row")).to_have_count(2)
    page.reload()
    expect(table).to_contain_text("topology")
    expect(table.get_by_role("row")).to_have_count(2)


def test_logs_have_sizes_and_take_a_link_more(page: Page, site: Site) -> None:
    site.api["/api/v1/artifact/resolveSize"] = {"artifactSize": 12_345_678}
    submit = f"/api/v1/client/testrun/{SCT}/{run_id(7)}/logs/submit"
    site.api[submit] = "Submitted"
    page.goto(f"{RUN}/logs")
    expect(page.get_by_role("table", name="Logs").get_by_text("12 MB")).to_have_count(2)
    expect(page.get_by_role("button", name="Download all 2")).to_be_visible()
    page.get_by_label("Name of a log to add").fill("extra")
    page.get_by_label("Link of the log to add").fill("https://bucket.s3.amazonaws.com/a/extra.zst")
    page.get_by_role("button", name="Add log link").click()
    expect(page.get_by_label("Name of a log to add")).to_have_value("")
    assert site.posted(submit)[0]["logs"] == [{"log_name": "extra", "log_link": "https://bucket.s3.amazonaws.com/a/extra.zst"}]


def test_a_screenshot_opens_over_the_page_and_escape_closes_it(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/screenshots")
    page.get_by_role("link", name="overview.png").click()
    dialog = page.get_by_role("dialog", name="overview.png")
    expect(dialog.get_by_role("link", name="Download")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_comment_is_written_with_a_name_picked_and_a_preview(page: Page, site: Site) -> None:
    site.api[f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/comments/submit"] = []
    page.goto(RUN)
    expect(page.get_by_role("heading", name="Why did it fail?")).to_be_visible()
    page.keyboard.press("c")
    text = page.get_by_label("Comment", exact=True)
    expect(text).to_be_focused()
    text.press_sequentially("see @bo")
    expect(page.get_by_role("option", name="@bob")).to_be_visible()
    text.press("Enter")
    expect(text).to_have_value("see @bob ")
    page.get_by_role("button", name="Tasks").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview")).to_contain_text("☐ see @bob")
    page.get_by_role("button", name="Write", exact=True).click()
    text.press("Control+Enter")
    expect(text).to_have_value("")
    assert site.posted(f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/comments/submit")[0]["message"] == "- [ ] see @bob "


def test_runs_of_a_test_are_ignored_with_a_reason_and_an_unknown_type_is_chosen(page: Page, site: Site) -> None:
    site.api["/api/v1/test-info"] = {"test": {**test, "plugin_name": "mystery"}, "group": group, "release": release}
    site.api["/api/v1/ignore_jobs"] = {"affectedJobs": 3}
    site.api[f"/api/v1/test/{TEST_ID}/set_plugin"] = {**test}
    page.goto(f"{ORIGIN}/workspace?open={RELEASE_ID}&open={GROUP_ID}&state=WyIzMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEiXQ")
    page.get_by_role("button", name="Ignore runs…").click()
    page.get_by_label("Reason").fill("broken lab")
    page.get_by_role("button", name="Ignore them").click()
    expect(page.get_by_text("3 runs are ignored now.")).to_be_visible()
    assert site.posted("/api/v1/ignore_jobs") == [{"testId": TEST_ID, "reason": "broken lab"}]
    page.get_by_label("Type of the runs of").select_option("generic")
    expect(page.get_by_text("Runs of this test are read as generic now.")).to_be_visible()
    assert site.posted(f"/api/v1/test/{TEST_ID}/set_plugin") == [{"plugin_name": "generic"}]
