"""Jobs are started, configured and cloned from the pages of their tests and runs."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.data import GROUP_ID, RELEASE_ID, SCT, TEST_ID, group, release, run_id, test
from tests.browser.site import ORIGIN, Site, api_error

API = "/api/v1/jenkins"
JOB = test["build_system_id"]
PARAMETERS: list[dict[str, Any]] = [
    {"name": "scylla_version", "value": "2026.1", "description": "Version <b>to test</b>"},
    {"name": "backend", "value": "aws", "description": "", "choices": ["aws", "gce"]},
    {"name": "reuse", "value": False, "description": ""},
]


@pytest.fixture
def panel(page: Page, site: Site) -> Page:
    address = site.page(f"/test/{TEST_ID}/runs", "test_standalone.html.j2", "Runs", {"gTestId": TEST_ID, "additionalRuns": []})
    site.api[f"{API}/queue_info"] = {"queueItem": {"number": 8, "url": "https://jenkins.example.com/job/x/8/"}}
    page.goto(address)
    return page


def test_a_run_is_built_again_with_its_own_parameters(page: Page, site: Site) -> None:
    site.api[f"{API}/params"] = {"parameters": PARAMETERS}
    site.api[f"{API}/build"] = {"queueItem": 77}
    site.api[f"{API}/queue_info"] = {"queueItem": {"number": 8, "url": "https://jenkins.example.com/job/x/8/"}}
    page.goto(f"{ORIGIN}/tests/{SCT}/{run_id(7)}")
    page.get_by_role("button", name="Rebuild…").click()
    dialog = page.get_by_role("dialog", name="Build again as #7")
    expect(dialog.get_by_text("Version to test")).to_be_visible()
    dialog.get_by_label("scylla_version").fill("")
    expect(dialog.get_by_role("alert")).to_contain_text("Say which version")
    expect(dialog.get_by_role("button", name="Start the build")).to_be_disabled()
    dialog.get_by_label("scylla_version").fill("2026.2")
    dialog.get_by_label("backend").select_option("gce")
    dialog.get_by_label("reuse").check()
    dialog.get_by_role("button", name="Start the build").click()
    expect(dialog.get_by_role("status")).to_contain_text("Build #8 has started.")
    assert site.posted(f"{API}/params") == [{"buildId": JOB, "buildNumber": 7, "fromDefaults": False}]
    assert site.posted(f"{API}/build") == [{"buildId": JOB, "parameters": {"scylla_version": "2026.2", "backend": "gce", "reuse": "true"}}]


def test_a_job_that_never_ran_is_started_with_its_defaults(panel: Page, site: Site) -> None:
    def parameters(request: Any) -> Any:
        if request.post_data_json["fromDefaults"]:
            return {"parameters": PARAMETERS[:1]}
        raise api_error("#noBuildsAvailable", "JenkinsServiceError")

    site.api[f"{API}/params"] = parameters
    panel.get_by_role("button", name="Build…").click()
    expect(panel.get_by_role("dialog", name="Start a build").get_by_label("scylla_version")).to_have_value("2026.1")


def test_a_refusal_of_jenkins_is_said_and_the_form_is_kept(panel: Page, site: Site) -> None:
    site.api[f"{API}/params"] = {"parameters": PARAMETERS}

    def refuse(_request: Any) -> Any:
        raise api_error("503 Server Error: shutting down\nTraceback", "JenkinsException")

    site.api[f"{API}/build"] = refuse
    panel.get_by_role("button", name="Build…").click()
    dialog = panel.get_by_role("dialog", name="Start a build")
    dialog.get_by_label("scylla_version").fill("2026.3")
    dialog.get_by_role("button", name="Start the build").click()
    # over the dialog, not behind it
    expect(panel.locator(".toasts:popover-open")).to_contain_text("Jenkins did not do what was asked. (trace dHJhY2U=dHJh)")
    expect(dialog.get_by_label("scylla_version")).to_have_value("2026.3")


def test_where_a_job_takes_its_pipeline_from_is_checked_and_changed(panel: Page, site: Site) -> None:
    site.api[f"{API}/clone/settings"] = {"gitRepo": "https://github.com/o/r", "gitBranch": "master", "pipelineFile": "a.jenkinsfile"}
    site.api[f"{API}/clone/settings/validate"] = {"validated": False, "message": 'Not found in the <a href="x">target repository</a>'}
    site.api[f"{API}/clone/settings/change"] = None
    panel.get_by_role("button", name="Configure…").click()
    dialog = panel.get_by_role("dialog", name="Configure the job")
    dialog.get_by_label("Branch").fill("feature")
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.get_by_role("status")).to_have_text("Not found in the target repository")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert site.posted(f"{API}/clone/settings/change")[0]["settings"]["gitBranch"] == "feature"


def test_a_clone_goes_into_a_group_for_reproducing_and_gets_its_first_build(panel: Page, site: Site) -> None:
    repro = {**group, "id": GROUP_ID[:-1] + "7", "name": "repro", "pretty_name": None, "build_system_id": "scylla-2026.1/repro"}
    site.api[f"{API}/clone/targets"] = {"targets": [release]}
    site.api[f"{API}/clone/groups"] = {"groups": [{**group, "build_system_id": "scylla-2026.1/longevity"}, repro]}
    entity = {**test, "id": "new", "name": "copy", "build_system_id": "scylla-2026.1/repro/copy"}
    site.api[f"{API}/clone/create"] = {"new_job": {"url": "https://jenkins.example.com/job/copy/"}, "new_entity": entity}
    site.api[f"{API}/clone/build"] = {"queueItem": 78}
    panel.get_by_role("button", name="Clone…").click()
    dialog = panel.get_by_role("dialog", name="Clone longevity-1tb-5days")
    dialog.get_by_label("Name of the new job").fill("copy")
    expect(dialog.get_by_label("Group").get_by_role("option")).to_have_text(["choose one", "repro"])
    dialog.get_by_label("Group").select_option("repro")
    dialog.get_by_role("button", name="Clone", exact=True).click()
    expect(dialog.get_by_text("scylla-2026.1/repro/copy")).to_be_visible()
    dialog.get_by_role("button", name="Start the first build").click()
    expect(dialog.get_by_role("status")).to_contain_text("#8")
    expected = {"currentTestId": TEST_ID, "newName": "copy", "target": RELEASE_ID, "group": repro["id"], "advancedSettings": False}
    assert site.posted(f"{API}/clone/create") == [expected]
    assert site.posted(f"{API}/clone/build") == [{"buildId": "scylla-2026.1/repro/copy", "parameters": {}}]
