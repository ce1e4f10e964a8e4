"""The workspace: from a release to its runs, by tree, search and address."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, find_test, new_test, runs_of
from tests.browser.journeys.jenkins import Jenkins
from tests.browser.served import call, submit
from tests.features.tracker.jenkins.fake import PARAMETERS

SHORT = "scylla-master/longevity/longevity-10gb-3h-test"


@shows("workspace tree", "back")
def test_the_tree_leads_from_a_release_to_the_runs_of_a_test(page: Page) -> None:
    page.goto("/workspace")
    tree = page.get_by_role("region", name="Releases")
    for name in ("Scylla master", "Longevity"):
        tree.get_by_role("button", name=name, exact=True).click()
    tests = tree.locator(".tests > li")
    expect(tests).to_have_count(4)
    row = tests.filter(has_text="longevity-10gb-3h-test")
    expect(row.get_by_role("link")).to_have_count(4)
    expect(row.get_by_role("link", name=re.compile(r"^#39 failed, \d+ (h|d) ago$"))).to_have_attribute("href", re.compile(f"/tests/{SCT}/"))
    expect(row.locator("time")).to_have_text(re.compile(r"\d+ (min|h|d) ago"))
    tree.get_by_role("button", name="Passed longevity-10gb-3h-test").click()
    panel = page.get_by_role("region", name="longevity-10gb-3h-test", exact=True)
    expect(panel.get_by_role("row")).to_have_count(5)
    page.go_back()
    expect(panel).to_have_count(0)
    expect(tests).to_have_count(4)


@shows("workspace search")
def test_a_search_takes_words_in_any_order_and_is_driven_by_keys(page: Page) -> None:
    page.goto("/workspace")
    expect(page.get_by_role("button", name="Scylla master", exact=True)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("3h LONGEVITY master")
    hits = page.get_by_role("region", name="Search results")
    expect(hits.get_by_role("listitem")).to_have_count(1)
    expect(hits.get_by_role("listitem")).to_contain_text("Scylla master / Longevity")
    page.keyboard.press("ArrowDown")
    expect(hits.get_by_role("button", name="longevity-10gb-3h-test")).to_be_focused()
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("region", name="longevity-10gb-3h-test", exact=True).get_by_role("link", name="#40", exact=True)
    ).to_be_visible()


@shows("open many")
def test_all_hits_a_group_and_a_release_are_opened_as_a_whole(page: Page, look: Look) -> None:
    page.goto("/workspace?q=upgrade rolling master type:test")
    page.get_by_role("button", name="Open 2 of these tests").click()
    for name in ("rolling-upgrade-ubuntu2404-test", "rolling-upgrade-rocky9-test"):
        expect(page.get_by_role("region", name=name, exact=True).get_by_role("row")).to_have_count(5)
    page.goto("/workspace?q=gemini type:group")
    page.get_by_role("button", name="Open its tests of Gemini").first.click()
    expect(page.get_by_role("region", name="gemini-1tb-10h-test", exact=True).get_by_role("row")).to_have_count(5)
    page.goto("/workspace?q=master type:release")
    page.get_by_role("link", name="Dashboard of Scylla master").click()
    expect(page.get_by_role("link", name="longevity-10gb-3h-test").first).to_be_visible()


@shows("runs of a test")
def test_a_test_has_its_runs_in_a_table_and_older_ones_on_demand(page: Page) -> None:
    test = new_test(page)
    runs = [submit(page.context, test["build_system_id"], build) for build in range(1, 13)]
    page.goto(f"/test/{test['id']}/runs")
    table = page.get_by_role("table", name="Runs")
    expect(table.get_by_role("row")).to_have_count(11)
    expect(table.get_by_role("link", name="#12", exact=True)).to_have_attribute("href", f"/tests/{SCT}/{runs[-1]}")
    expect(page.get_by_role("link", name=re.compile("^#12 created"))).to_be_visible()
    page.get_by_role("button", name="10 more runs").click()
    expect(table.get_by_role("link", name="#1", exact=True)).to_have_attribute("href", f"/tests/{SCT}/{runs[0]}")
    expect(table.get_by_role("row")).to_have_count(13)


@shows("runs in place", "addresses")
def test_runs_stand_beside_each_other_and_the_address_keeps_them(page: Page) -> None:
    runs = {run["build_number"]: run["id"] for run in runs_of(page, SHORT)}
    page.goto(f"/test/{find_test(page, SHORT)['id']}/runs")
    for number in (39, 40):
        page.get_by_role("button", name=f"Open here #{number}").click()
    page.reload()
    failed, passed = (page.get_by_role("region", name=f"#{number}", exact=True) for number in (39, 40))
    expect(failed.get_by_role("region", name="Why did it fail?")).to_contain_text("First critical event")
    expect(passed.get_by_role("region", name="Facts")).to_contain_text(runs[40])
    expect(failed.get_by_role("link", name="Compare the two")).to_have_attribute(
        "href", re.compile(f"{runs[39]}/compare\\?with={runs[40]}")
    )
    passed.get_by_role("button", name="Close #40").click()
    expect(passed).to_have_count(0)
    assert parse_qs(urlsplit(page.url).query)["additionalRuns[]"] == [runs[39]]


@shows("ignore runs")
def test_runs_that_nobody_looked_at_are_ignored_with_a_reason(page: Page) -> None:
    test = new_test(page)
    run = submit(page.context, test["build_system_id"], 1)
    page.goto(f"/test/{test['id']}/runs")
    row = page.get_by_role("table", name="Runs").get_by_role("row", name="#1")
    expect(row).to_contain_text("Not investigated")
    page.get_by_role("button", name="Ignore runs…").click()
    page.get_by_label("Reason").fill("The lab had no network")
    page.get_by_role("button", name="Ignore them").click()
    expect(page.get_by_text("1 run is ignored now.")).to_be_visible()
    expect(row).to_contain_text("Ignored")
    page.goto(f"/tests/{SCT}/{run}/activity")
    expect(page.get_by_text("The lab had no network")).to_be_visible()


@shows("set plugin")
def test_a_test_of_an_unknown_type_gets_one(page: Page) -> None:
    test = new_test(page)
    first = submit(page.context, test["build_system_id"], 1)
    call(page.context, f"/api/v1/test/{test['id']}/set_plugin", {"plugin_name": "mystery"})
    page.goto(f"/test/{test['id']}/runs?additionalRuns[]={first}")
    expect(page.get_by_text("Its runs are of a type that is not known here.")).to_be_visible()
    page.get_by_role("link", name=f"Run {first}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("#1")
    page.go_back()
    page.get_by_label("Type of the runs of").select_option(SCT)
    expect(page.get_by_text(f"Runs of this test are read as {SCT} now.")).to_be_visible()
    expect(page.get_by_role("table", name="Runs").get_by_role("link", name="#1", exact=True)).to_have_attribute(
        "href", f"/tests/{SCT}/{first}"
    )
    expect(page.get_by_label("Type of the runs of")).to_have_count(0)


@shows("share a selection", "addresses")
def test_what_is_open_is_shared_by_its_address(page: Page) -> None:
    page.goto("/workspace?q=rolling-upgrade release:2025.4 type:test")
    page.get_by_role("button", name="Open 2 of these tests").click()
    panels = page.get_by_role("button", name=re.compile("^Close rolling-upgrade"))
    expect(panels).to_have_count(2)
    state = parse_qs(urlsplit(page.url).query)["state"][0]
    for address in (f"/workspace?state={state}", f"/test_runs?state={state}"):
        page.goto(address)
        for name in ("rolling-upgrade-ubuntu2404-test", "rolling-upgrade-rocky9-test"):
            expect(page.get_by_role("region", name=name, exact=True).get_by_role("row")).to_have_count(5)


@shows("jenkins", "run commands")
def test_a_job_is_built_again_configured_and_cloned(page: Page, jenkins: Jenkins) -> None:
    test = new_test(page, release="staging")
    job = test["build_system_id"]
    jenkins.job(job, nextBuildNumber=8)
    jenkins.job(job.rpartition("/")[0])
    version = {"name": "scylla_version", "value": "2026.1", "_class": "hudson.model.StringParameterValue"}
    jenkins.builds[job, 7] = {"actions": [{"_class": PARAMETERS, "parameters": [version]}]}
    jenkins.queue[41] = {"executable": {"number": 8, "url": "https://jenkins.example.com/8/"}}
    page.goto(f"/tests/{SCT}/{submit(page.context, job, 7)}")
    page.get_by_role("button", name="Rebuild…").click()
    dialog = page.get_by_role("dialog", name="Build again as #7")
    expect(dialog.get_by_label("scylla_version")).to_have_value("2026.1")
    dialog.get_by_label("scylla_version").fill("2026.2")
    dialog.get_by_role("button", name="Start the build").click()
    expect(dialog.get_by_role("status")).to_contain_text("Build #8 has started.")
    assert jenkins.started[-1] == (job, {"scylla_version": "2026.2", "requested_by_user": "dana"})
    page.goto(f"/test/{test['id']}/runs")
    page.get_by_role("button", name="Configure…").click()
    dialog = page.get_by_role("dialog", name="Configure the job")
    expect(dialog.get_by_label("Branch")).to_have_value("main")
    dialog.get_by_label("Branch").fill("feature/x")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert "<name>feature/x</name>" in jenkins.configs[job]
    page.get_by_role("button", name="Clone…").click()
    name = f"copy-{uuid4().hex[:6]}"
    page.get_by_label("Name of the new job").fill(name)
    page.get_by_label("Group").select_option("g")
    page.get_by_role("button", name="Clone", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text(f"{job.rpartition('/')[0]}/{name}")).to_be_visible()
    page.get_by_role("button", name="Start the first build").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("#8")
