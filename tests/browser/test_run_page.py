"""The page of one run: why it failed, tabs with addresses, triage."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.data import ALICE, SCT, TEST_ID, events, failed_run, rows, run_id
from tests.browser.site import ORIGIN, Refusal, Site, api_error

RUN = f"{ORIGIN}/tests/{SCT}/{run_id(7)}"
TRIAGE = f"/api/v1/test/{TEST_ID}/run/{run_id(7)}"


def test_it_opens_with_why_the_run_failed(page: Page, site: Site) -> None:
    page.goto(RUN)
    why = page.get_by_role("region", name="Why did it fail?")
    expect(why).to_contain_text("First critical event")
    expect(why).to_contain_text("node longevity-db-node-2 is in state DN")
    expect(why).to_contain_text("DecommissionMonkey")
    expect(why).to_contain_text("27.50 ms")
    expect(page.get_by_role("region", name="Changed since #6")).to_contain_text(
        "2026.1.0~rc0-20261101-abcdef1234 → 2026.1.0~rc1-20261101-abcdef1234"
    )


def test_title_and_address_say_which_run_and_which_tab(page: Page, site: Site) -> None:
    page.goto(RUN)
    expect(page).to_have_title("✗ longevity-1tb-5days #7 · Overview")
    tabs = page.get_by_role("navigation", name="Parts of this run")
    tabs.get_by_role("link", name="Events").click()
    expect(page).to_have_url(f"{RUN}/sct-events")
    expect(page).to_have_title("✗ longevity-1tb-5days #7 · Events")
    page.go_back()
    expect(page).to_have_url(RUN)
    expect(page.get_by_role("heading", name="Why did it fail?")).to_be_visible()
    page.goto(f"{RUN}/nemesis")
    expect(tabs.get_by_role("link", name="Nemesis")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("table", name="Nemeses")).to_be_visible()


def test_the_page_by_build_number_finds_out_the_type_of_run(page: Page, site: Site) -> None:
    address = site.page(
        "/test/scylla-2026.1/longevity/longevity-1tb-5days/7",
        "run.html.j2",
        "Test Run",
        {"gTestId": TEST_ID, "gRun": [run_id(7)], "gTab": "packages"},
    )
    page.goto(address)
    expect(page.get_by_role("table", name="Packages")).to_contain_text("cassandra-stress")


def test_duplicates_are_one_line_and_filters_stand_in_the_address(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events")
    expect(page.locator("summary", has_text="×11")).to_be_visible()
    expect(page.get_by_text("3 lines, 13 of 13 events")).to_be_visible()
    page.get_by_role("button", name="Warning").click()
    page.get_by_label("Filter events").fill("stresslog|DisruptionEvent")
    expect(page.get_by_text("2 lines, 2 of 14 events")).to_be_visible()
    assert "severity=CRITICAL%2CERROR%2CWARNING" in page.url
    page.reload()
    expect(page.get_by_text("2 lines, 2 of 14 events")).to_be_visible()


def test_a_link_to_one_event_opens_it(page: Page, site: Site) -> None:
    page.goto(RUN)
    page.get_by_role("link", name="Open it among").click()
    expect(page).to_have_url(f"{RUN}/sct-events#event-{events['CRITICAL'][0]['event_id']}")
    expect(page.locator("pre", has_text="is in state DN")).to_be_visible()


def test_markup_in_what_was_submitted_is_text(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/sct-events")
    expect(page.get_by_text("nodetool decommission <node> & friends")).to_be_visible()


def test_a_status_changes_at_once_and_can_be_undone(page: Page, site: Site) -> None:
    site.api[f"{TRIAGE}/status/set"] = {"status": "passed"}
    page.goto(RUN)
    status = page.get_by_label("Status", exact=True)
    status.select_option("passed")
    expect(page).to_have_title("✓ longevity-1tb-5days #7 · Overview")
    with page.expect_request(f"**{TRIAGE}/status/set"):
        page.get_by_role("button", name="Undo").click()
    expect(status).to_have_value("failed")
    assert [body["status"] for body in site.posted(f"{TRIAGE}/status/set")] == ["passed", "failed"]


def test_a_change_that_is_refused_is_taken_back_and_explained(page: Page, site: Site) -> None:
    def refuse(_: object) -> object:
        raise api_error("Not today", "DataValidationError")

    site.api[f"{TRIAGE}/assignee/set"] = refuse
    page.goto(RUN)
    assignee = page.get_by_label("Assignee")
    expect(assignee).to_have_value(ALICE)
    assignee.select_option("")
    expect(page.locator("#argusErrors")).to_contain_text("The change was not made: Not today")
    expect(assignee).to_have_value(ALICE)


def test_keys_lead_to_neighbours_and_tabs_but_not_while_typing(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/discuss")
    box = page.get_by_role("textbox", name="Comment")
    box.fill("e")
    box.press("e")
    expect(page).to_have_url(f"{RUN}/discuss")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("e")
    expect(page).to_have_url(f"{RUN}/sct-events")
    same_tab = f"/tests/{SCT}/{run_id(6)}/sct-events"
    site.page(same_tab, "run.html.j2", "Test Run", {"gTestId": TEST_ID, "gRun": [run_id(6)], "gTab": "sct-events"})
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(ORIGIN + same_tab)


def test_a_failing_panel_says_what_happened_and_can_be_retried_alone(page: Page, site: Site) -> None:
    path = f"/api/v1/client/sct/{run_id(7)}/events/CRITICAL/get"

    def fail(_: object) -> object:
        raise api_error("No host available", "NoHostAvailable")

    site.api[path] = fail
    page.goto(RUN)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The list of events could not be loaded. The database could not do that now.")
    expect(alert).to_contain_text("Trace")
    expect(page.get_by_role("region", name="Facts")).to_contain_text("i4i.4xlarge")
    site.api[path] = events["CRITICAL"]
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name="Why did it fail?")).to_contain_text("First critical event")
    expect(alert).to_have_count(0)


def test_an_unknown_run_is_no_empty_page(page: Page, site: Site) -> None:
    site.api[f"/api/v1/run/{SCT}/{run_id(7)}"] = None
    page.goto(RUN)
    expect(page.get_by_role("heading", name="Run not found")).to_be_visible()


def test_a_draft_survives_an_expired_login_and_is_sent_after_it(page: Page, site: Site) -> None:
    path = f"{TRIAGE}/comments/submit"
    logged_in = {"now": False}

    def guarded(_: object) -> object:
        if not logged_in["now"]:
            raise Refusal({"status": "error", "message": "Authorization required"}, 403)
        return []

    def login(_: object) -> object:
        logged_in["now"] = True
        return True

    site.api[path] = guarded
    site.api["/auth/login"] = login
    page.goto(f"{RUN}/discuss")
    page.get_by_role("textbox", name="Comment").fill("It is the disk.")
    page.get_by_role("button", name="Send").click()
    dialog = page.get_by_role("dialog", name="Your login has expired")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password").fill("secret")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("")
    assert [body["message"] for body in site.posted(path)] == ["It is the disk.", "It is the disk."]


def test_a_draft_survives_a_reload(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/discuss")
    page.get_by_role("textbox", name="Comment").fill("Half a thought")
    page.reload()
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("Half a thought")


def test_other_types_of_runs_have_their_own_tabs(page: Page, site: Site) -> None:
    base = {**rows[0], "product_version": None, "logs": {}}
    site.api[f"/api/v1/run/generic/{run_id(8)}"] = {**base, "id": run_id(8), "started_by": "ci", "sub_type": "pytest"}
    site.api[f"/api/v1/run/{run_id(8)}/pytest/results"] = [
        {"name": "tests/test_a.py::test_b", "id": "x", "status": "failure", "duration": 1.5, "message": "assert 1 == 2", "markers": []},
        {"name": "tests/test_a.py::test_c", "id": "y", "status": "passed", "duration": 0.5, "message": None, "markers": []},
    ]
    page.goto(
        site.page(
            f"/tests/generic/{run_id(8)}/pytest", "run.html.j2", "Test Run", {"gTestId": TEST_ID, "gRun": [run_id(8)], "gTab": "pytest"}
        )
    )
    expect(page.get_by_role("table", name="Test cases")).to_contain_text("test_b")
    expect(page.get_by_role("table", name="Test cases")).not_to_contain_text("test_c")
    page.get_by_role("button", name="Passed 1").click()
    expect(page.get_by_role("table", name="Test cases")).to_contain_text("test_c")
    expect(page.get_by_role("navigation", name="Parts of this run").get_by_role("link")).to_contain_text(
        ["Overview", "Test cases", "Discussion", "Issues", "Activity"]
    )


def test_running_runs_show_their_heartbeat(page: Page, site: Site) -> None:
    site.api[f"/api/v1/run/{SCT}/{run_id(7)}"] = {**failed_run, "status": "running", "end_time": "1970-01-01T00:00:00.000Z"}
    page.goto(RUN)
    expect(page.get_by_text("heartbeat")).to_be_visible()
    expect(page).to_have_title("… longevity-1tb-5days #7 · Overview")


def test_a_run_of_a_type_that_has_no_parts_of_its_own_is_shown_as_it_is_kept(page: Page, site: Site) -> None:
    """As run types are that an installation has added (`RUN_TYPES`)."""
    site.api[f"/api/v1/run/own/{run_id(7)}"] = failed_run
    given = {"gTestId": TEST_ID, "gRun": [run_id(7)], "gTab": "details"}
    page.goto(site.page(f"/tests/own/{run_id(7)}", "run.html.j2", "Test Run", given))
    document = page.get_by_role("region", name="The run as it is kept")
    expect(document).to_contain_text("no parts of its own for runs of type own")
    document.get_by_label("Filter Fields of the run").fill("^build_number")
    fields = document.get_by_role("table", name="Fields of the run").get_by_role("row")
    expect(fields).to_have_count(2)
    expect(fields.last).to_contain_text("7")
