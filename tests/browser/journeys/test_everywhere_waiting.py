"""What appears and when: what was made, changes of others, ages; and what is said where nothing is, or no answer comes."""

from __future__ import annotations

import base64
import re
from collections import Counter
from uuid import uuid4

from playwright.sync_api import Page, Route, expect

from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, run_address
from tests.browser.journeys.seeing import FAILED, comments_of, hide, listen_to_requests, own_test, send, submit

ODD = 'It\'s "odd" \\ <b>&amp;</b> `x`'
JUNIT = b"<testsuite tests='2'><testcase classname='Odd' name='one' time='1'/><testcase classname='Odd' name='two' time='1'/></testsuite>"
PATIENCE = """const whole = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = milliseconds => whole(milliseconds / 3);"""
HELD = "**/api/v1/client/sct/*/events/histogram"


@shows("odd texts")
def test_quotation_marks_backslashes_and_markup_are_shown_as_they_were_written(page: Page) -> None:
    own = own_test(page, ODD)
    run = submit(page, own, 1)
    content = {"file_name": 'odd "quoted".xml', "content": base64.b64encode(JUNIT).decode()}
    send(page, f"/api/v1/client/sct/{run}/junit/submit", {**content, "schema_version": "v8"})
    for address in (f"/dashboard/{own.release}", "/releases", f"/release/{own.release}/planner", f"/test/{own.id}/runs"):
        page.goto(address)
        expect(page.locator("#argusMain").get_by_text(ODD).first).to_be_visible()
    page.goto(f"/dashboard/{own.release}?productVersion=%5Cd%22%27&q=%5C")
    expect(page.get_by_label("Version", exact=True)).to_have_value("\\d\"'")
    page.goto(f"/tests/{SCT}/{run}/junit")
    expect(page.get_by_role("list", name="Place").get_by_role("link").first).to_have_text(ODD)
    for case in ("one", "two"):
        expect(page.get_by_role("row", name=re.compile(case))).to_contain_text("Odd")


@shows("made is shown")
def test_a_release_a_group_and_a_test_are_there_once_they_were_made(page: Page) -> None:
    name = f"made-{uuid4().hex[:8]}"
    page.goto("/admin/releases")
    page.evaluate("window.still = true")
    for what, called in (("release", name), ("group", "group of it"), ("test", "first-test")):
        page.get_by_label(f"Name of a new {what}").fill(called)
        page.get_by_role("region", name=f"{what}s").get_by_role("button", name="Create").click()
        made = page.get_by_role("region", name=f"{what}s").get_by_role("row").filter(has_text=called)
        expect(made).to_have_count(1)
        if what != "test":
            made.get_by_role("button", name=called, exact=True).click()
    assert page.evaluate("window.still"), "without a reload"


@shows("live")
def test_what_others_write_appears_by_itself(page: Page) -> None:
    own = own_test(page)
    run = submit(page, own, 1)
    with page.expect_response(re.compile("/api/v1/live")):
        page.goto(f"/tests/{SCT}/{run}/discuss")
    expect(page.get_by_text("Nobody has written anything yet.")).to_be_visible()
    send(page, f"/api/v1/test/{own.id}/run/{run}/comments/submit", {"message": "It was **me**", "reactions": {}, "mentions": []})
    expect(page.locator(".markdown strong")).to_have_text("me")
    send(page, f"/api/v1/client/testrun/{SCT}/{run}/set_status", {"new_status": "failed", "schema_version": "v8"})
    expect(page.get_by_label("Status", exact=True)).to_have_value("failed")
    expect(page).to_have_title(re.compile("^✗"))
    assert len(comments_of(page, run)) == 1


@shows("ages")
def test_pages_say_how_old_they_are_and_new_runs_wait_behind_a_button(page: Page) -> None:
    own = own_test(page)
    submit(page, own, 1)
    page.clock.install()
    with page.expect_response(re.compile("/api/v1/live")):
        page.goto(f"/test/{own.id}/runs")
    builds = page.get_by_role("table", name="Runs").get_by_role("link", name=re.compile(r"^#\d"))
    expect(builds).to_have_text(["#1"])
    page.clock.run_for(65_000)
    expect(page.get_by_text(re.compile(r"updated (\d+ s|1 min) ago"))).to_be_visible()
    submit(page, own, 2)
    page.clock.resume()
    waits = page.get_by_role("button", name="1 new run: show")
    expect(waits).to_be_visible()
    expect(builds).to_have_text(["#1"])
    waits.click()
    expect(builds).to_have_text(["#2", "#1"])


@shows("hidden tabs")
def test_a_hidden_tab_asks_for_nothing_and_catches_up_when_it_is_seen(page: Page) -> None:
    address = run_address(page, FAILED, "failed")
    page.clock.install()
    page.goto(address)
    expect(page.get_by_role("heading", name="Why did it fail?")).to_be_visible()
    with page.expect_request("**/api/v1/run/**"):
        page.clock.run_for(6 * 60_000)
    page.wait_for_load_state("networkidle")
    hide(page, True)
    asked = listen_to_requests(page)
    page.clock.run_for(20 * 60_000)
    page.wait_for_load_state("networkidle")
    assert asked == []
    with page.expect_response(re.compile(address.replace("/tests/", "/api/v1/run/"))):
        hide(page, False)
        page.clock.resume()


@shows("one request")
def test_a_page_asks_once_for_what_it_shows(page: Page) -> None:
    asked = listen_to_requests(page)
    pages = {
        run_address(page, FAILED, "failed"): page.get_by_role("heading", name="Why did it fail?"),
        "/dashboard/scylla-2025.4": page.get_by_role("link", name="cloud-cluster-create-test"),
        "/profile/jobs": page.get_by_role("heading", level=1),
        "/teams/": page.get_by_role("heading", level=1),
    }
    for address, shown in pages.items():
        asked.clear()
        page.goto(address)
        expect(shown).to_be_visible()
        page.wait_for_load_state("networkidle")
        kinds = [re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", one.split("?")[0]) for one in asked]
        assert sorted(asked) == sorted(set(asked)), address
        assert max(Counter(kinds).values()) <= 2, (address, asked)  # a run and the last that passed
        assert len(asked) <= 14, address


@shows("empty states")
def test_what_is_empty_says_why_and_what_comes_next(page: Page) -> None:
    own = own_test(page)
    page.goto(f"/test/{own.id}/runs")
    expect(page.get_by_text("No run has been submitted for this test yet.")).to_contain_text(own.job)
    expect(page.get_by_role("region", name="Copy this and run it:")).to_contain_text(own.job)
    run = submit(page, own, 1)
    for tab, words in (
        ("discuss", "Nobody has written anything yet. What did you find out about this run?"),
        ("logs", "Pipelines send links to their log archives"),
        ("results", "Test frameworks send them with"),
        ("issues", "No issue is linked to this run. Paste"),
    ):
        page.goto(f"/tests/{SCT}/{run}/{tab}")
        expect(page.locator("#argusMain p.empty").first).to_contain_text(words)
    page.goto(f"/dashboard/{own.release}?q=nothing-is-called-so")
    expect(page.get_by_role("heading", name="No test matches")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_role("link", name=own.name)).to_be_visible()


@shows("waiting")
def test_a_page_that_gets_no_answer_says_so_and_tries_again(page: Page) -> None:
    waiting: list[Route] = []
    page.add_init_script(PATIENCE)
    address = run_address(page, FAILED, "failed")
    page.route(HELD, lambda route: waiting.append(route))
    page.goto(address)
    expect(page.get_by_text("Findings: loading")).to_be_attached()
    expect(page.get_by_role("region", name="Facts")).to_be_visible()
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("The list of events could not be loaded. No answer within 15 seconds.", timeout=20_000)
    page.unroute(HELD)
    trouble.get_by_role("button", name="Try again").click()
    expect(page.get_by_text(re.compile("First (critical|error) event"))).to_be_visible()
    expect(trouble).to_have_count(0)
    assert waiting


@shows("plain errors")
def test_an_error_is_a_sentence_in_its_place_with_a_trace_that_can_be_handed_on(page: Page) -> None:
    assert "badly formed" in page.request.get("/api/v1/test-info", params={"testId": "so-no-id"}).text()
    page.goto("/workspace?state=WyJzby1uby1pZCJd")
    trouble = page.get_by_role("alert").filter(has_text="This test")
    expect(trouble).to_contain_text("This test could not be loaded.")
    expect(trouble).not_to_contain_text("badly formed")
    expect(trouble.get_by_role("button", name="Copy trace id")).to_be_visible()
    expect(page.get_by_role("heading", name="Releases", exact=True)).to_be_visible()
