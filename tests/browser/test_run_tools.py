"""What helps to find out why a run failed: events seen before, a timeline, settings, logs, pictures, a discussion."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.data import ALICE, GROUP_ID, RELEASE_ID, SCT, TEST_ID, events, failed_run, group, release, run_id, test
from tests.browser.site import ORIGIN, Site, api_error

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
    page.get_by_role("button", name="Which runs?").click()
    table = page.get_by_role("table", name="Runs with an event like this")
    expect(table.get_by_role("link", name="scylla-2026.1/x#3")).to_have_attribute("href", f"/test_run/{other}")
    site.api["/api/v1/issues/get"] = [{**ISSUE, "id": "i1", "event_id": CRITICAL["event_id"], "user_id": ALICE, "added_on": None}]
    table.get_by_role("button", name="Link here").click()
    expect(page.get_by_role("list", name="Issues of this event")).to_contain_text("o/r#42 node is down")
    assert site.posted(submit) == [{"issue_url": ISSUE["url"]}]


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


def test_a_performance_run_is_held_against_the_last_and_best_of_each_version(page: Page, site: Site) -> None:
    metrics = {"perf_op_rate_average": None, "perf_avg_latency_99th": 10.0, "perf_avg_latency_mean": None, "perf_total_errors": 0}
    run = {**failed_run, "test_name": "latency-mixed", "perf_op_rate_total": 100.0, **metrics}
    site.api[f"/api/v1/run/{SCT}/{run_id(7)}"] = run
    earlier = [
        {
            **metrics,
            "id": run_id(n),
            "scylla_version": "2025.4",
            "start_time": f"2026-01-0{n}T00:00:00Z",
            "build_number": n,
            "perf_op_rate_total": rate,
        }
        for n, rate in ((5, 200.0), (6, 125.0))
    ]
    site.api[f"{SCT_CLIENT}/{run_id(7)}/performance/history"] = earlier
    page.goto(RUN)
    page.get_by_role("link", name="Performance").click()
    row = page.get_by_role("table", name="Last and best run of each version").get_by_role("row", name="Operations a second").first
    expect(row).to_contain_text("#6 125 (-20 %)")
    expect(row).to_contain_text("#5 200 (-50 %)")


def test_only_runs_of_gemini_have_its_tab(page: Page, site: Site) -> None:
    page.goto(RUN)
    tabs = page.get_by_role("navigation", name="Parts of this run")
    expect(tabs.get_by_role("link", name="Results")).to_be_visible()
    expect(tabs.get_by_role("link", name="Gemini")).to_have_count(0)
    gemini = {
        "gemini_seed": "42",
        "gemini_status": "FAILED",
        "gemini_command": "gemini --seed 42",
        "gemini_write_ops": 12345,
        "gemini_write_errors": 1,
    }
    site.api[f"/api/v1/run/{SCT}/{run_id(7)}"] = {**failed_run, **gemini}
    page.reload()
    tabs.get_by_role("link", name="Gemini").click()
    expect(page.get_by_role("region", name="Gemini")).to_contain_text("12,345, 1 failed")


def test_events_of_runs_from_before_there_was_a_store_of_them_are_shown(page: Page, site: Site) -> None:
    site.api[f"/api/v1/run/{SCT}/{run_id(7)}"] = {
        **failed_run,
        "events": [{"severity": "ERROR", "event_amount": 70, "last_events": ["(A Severity.ERROR): first", "(B Severity.ERROR): second"]}],
    }
    site.api[f"{SCT_CLIENT}/{run_id(7)}/events/page"] = {"events": [], "next": None}
    site.api[f"{SCT_CLIENT}/{run_id(7)}/events/histogram"] = {"start": None, "seconds": 0, "counts": {}, "totals": {}, "more": False}
    page.goto(f"{RUN}/sct-events")
    expect(page.get_by_text("2 of 70")).to_be_visible()
    page.get_by_text("second", exact=True).click()
    expect(page.locator("pre", has_text="(B Severity.ERROR): second")).to_be_visible()


def test_cells_of_a_status_can_be_hidden_and_the_address_says_so(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/results")
    values = page.get_by_role("region", name="Values of write - latencies")
    expect(values).to_contain_text("27.50")
    page.get_by_role("group", name="Cells").get_by_role("button", name="Error").click()
    expect(values).not_to_contain_text("27.50")
    page.reload()
    expect(values).to_contain_text("3.14")
    expect(values).not_to_contain_text("27.50")


def test_tab_and_filters_stay_from_build_to_build(page: Page, site: Site) -> None:
    site.page(
        f"/tests/{SCT}/{run_id(6)}/sct-events", "run.html.j2", "Test Run", {"gTestId": TEST_ID, "gRun": [run_id(6)], "gTab": "sct-events"}
    )
    site.api[f"{SCT_CLIENT}/{run_id(6)}/events/page"] = {"events": [], "next": None}
    page.goto(f"{RUN}/sct-events?severity=WARNING&from=2026-01-01T00:00:00.000Z")
    page.get_by_role("link", name="Previous build").click()
    expect(page).to_have_url(f"{ORIGIN}/tests/{SCT}/{run_id(6)}/sct-events?severity=WARNING")


def test_errors_that_were_closed_can_be_read_again(page: Page, site: Site) -> None:
    def refuse(_: object) -> object:
        raise api_error("Not today", "DataValidationError")

    site.api[f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/status/set"] = refuse
    page.goto(RUN)
    page.get_by_label("Status", exact=True).select_option("passed")
    page.get_by_role("button", name="Close this message").click()
    page.get_by_text("Errors 1").click()
    expect(page.locator(".closed-errors")).to_contain_text("Not today.")
