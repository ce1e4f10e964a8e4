"""Names, addresses and versions with their owners' alphabets."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import uuid4

import pytest

from argus.features.tracker.jenkins.configuration import parse_xml
from argus.features.tracker.replay.order import Call
from argus.features.tracker.replay.service import _path
from argus.integrations.jira import parse_issue_url
from tests.cases.tracker import SCT, Tracker

JIRA = "https://jira.example"


def test_the_history_of_a_test_whose_id_has_slashes_can_be_read(tracker: Tracker) -> None:
    """pallets/flask#2507, pallets/flask#3534, NYPL-Simplified/circulation#178."""
    run, name = tracker.generic_run(tracker.place().build), f"tests/{uuid4().hex}/test_a.py::test_x[a/b-1]"
    assert tracker.pytest_result(run, name, timestamp=time.time())["status"] == "ok"
    paths = (
        f"/api/v1/pytest/{quote(name, safe='')}/results",
        f"/api/v1/pytest/{quote(name)}/results",
        f"/api/v1/pytest/{quote(name, safe='')}/stats/duration/avg",
        f"/api/v1/client/testrun/pytest/{quote(name, safe='')}/stats/duration/avg",
    )
    assert [tracker.asked("GET", path)["status"] for path in paths] == ["ok"] * 4


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/kubernetes-sigs/kind/issues/1",
        "https://github.com/vercel/next.js/issues/1",
        "https://github.com/octo/.github/issues/3",
        "https://GitHub.com/a/b/issues/1",
    ],
)
def test_an_issue_of_any_owner_and_repository_is_one(tracker: Tracker, address: str) -> None:
    """sloria/sphinx-issues#174, go-gitea/gitea#18888, go-gitea/gitea#5047, getsentry/sentry-javascript#18372."""
    place = tracker.place(SCT)
    run = tracker.sct_run(place.build)
    answer = tracker.asked("POST", f"/api/v1/test/{place.test}/run/{run}/issues/submit", {"issue_url": address})
    assert "disabled" in answer["response"]["message"], "the address is understood, and GitHub is switched off here"


@pytest.mark.parametrize(
    ("server", "address", "key"),
    [
        (JIRA, f"{JIRA}/browse/QA2-15", "QA2-15"),
        (JIRA, f"{JIRA}/browse/MY_TEAM-15", "MY_TEAM-15"),
        ("http://jira.example:8080", "http://jira.example:8080/browse/ABC-1", "ABC-1"),
        ("https://x.example/jira", "https://x.example/jira/browse/ABC-1", "ABC-1"),
        (JIRA, "https://Jira.Example/browse/ABC-1", "ABC-1"),
        (JIRA, f"{JIRA}/browse/ABC-1?focusedId=3", "ABC-1"),
    ],
)
def test_a_key_of_any_project_on_any_server_is_one(server: str, address: str, key: str) -> None:
    """ljay79/jira-tools#10, atlassian/github-for-jira#1481, atlassian/atlascode#1830."""
    runtime: Any = SimpleNamespace(settings=SimpleNamespace(JIRA_SERVER=server))
    assert parse_issue_url(runtime, address) == key


@pytest.mark.parametrize("message", ["@bob_builder please look", "write to team@bob.example"])
def test_nobody_is_mentioned_by_another_name_or_an_address(tracker: Tracker, message: str) -> None:
    """discourse/discourse#555, debiki/talkyard#33, deso-protocol/core#61."""
    assert _mentions(tracker, message) == []


def test_a_name_before_a_mark_is_a_mention(tracker: Tracker) -> None:
    """discourse/discourse#555."""
    assert len(_mentions(tracker, "hello @bob!")) == 1


def _mentions(tracker: Tracker, message: str) -> list[Any]:
    place = tracker.place(SCT)
    run = tracker.sct_run(place.build)
    body = {"message": message, "reactions": {}, "mentions": []}
    (comment,) = tracker.ok("POST", f"/api/v1/test/{place.test}/run/{run}/comments/submit", body)
    mentions: list[Any] = comment["mentions"]
    return mentions


def test_a_view_with_a_slash_in_its_name_opens(tracker: Tracker) -> None:
    """coleifer/sqlite-web#134, rd-alliance/metadata-catalog-v2#10."""
    view = tracker.view(tracker.place().test, name=f"nightly/{uuid4().hex[:6]}")
    assert tracker.get(f"/view/{quote(view['name'], safe='')}").status_code == 200


@pytest.mark.parametrize("name", ["6.2 rc 1", "a.b", "x+y", "100%", "?q#h", "6.2/rc1", "ünï"])
def test_a_release_of_any_name_has_its_pages(tracker: Tracker, name: str) -> None:
    """NYPL-Simplified/circulation#178, pallets/flask#3534."""
    release = tracker.place(name=f"{name}{uuid4().hex[:6]}").release_name
    for written in (quote(release, safe=""), quote_plus(release)):
        assert tracker.asked("GET", f"/api/v1/release/stats/v2?release={written}&limited=0&force=1")["status"] == "ok"
        assert tracker.asked("GET", f"/api/v1/release/activity?releaseName={written}")["status"] == "ok"
    pages = ("/dashboard/{}", "/release/{}/planner", "/release/{}/scheduler", "/release/{}/duty")
    assert {page: tracker.get(page.format(quote(release, safe=""))).status_code for page in pages} == dict.fromkeys(pages, 200)


@pytest.mark.parametrize("way", ["batch_move", "update"])
def test_a_test_moved_to_another_release_is_in_the_statistics_of_one(tracker: Tracker, way: str) -> None:
    """getsentry/sentry#2667, ManageIQ/manageiq#22161."""
    here, there = tracker.place(), tracker.place()
    tracker.generic_run(here.build)
    body: dict[str, Any] = {"tests": [here.test], "new_group_id": there.group}
    if way == "update":
        body = {"test_id": here.test, "name": "t", "pretty_name": "t", "enabled": True, "build_system_id": here.build}
        body |= {"build_system_url": "https://jenkins.example/", "plugin_name": "generic", "group_id": there.group}
    moved = tracker.asked("POST", f"/admin/api/v1/test/{way}", body)["status"] == "ok"
    found = []
    for place in (here, there):
        query = f"release={quote(place.release_name)}&limited=0&force=1"
        groups = tracker.ok("GET", f"/api/v1/release/stats/v2?{query}")["groups"]
        found.append(any(here.test in group["tests"] for group in groups.values()))
    assert any(found), f"moved: {moved}"


def test_a_jenkins_job_with_a_control_character_can_be_read() -> None:
    """python/cpython#87869, ls1intum/Artemis#3484, jenkinsci/extended-read-permission-plugin#16."""
    xml = "<?xml version='1.1' encoding='UTF-8'?>\n<project><description>&#x1b;[31mred</description></project>"
    assert parse_xml(xml).tag == "project"


def test_a_parameter_that_a_client_left_out_is_left_out_of_its_replay() -> None:
    """psf/requests leaves `None` out of a query."""
    call = Call("/x/$id", method="GET", location={"id": "a b"}, params={"limit": None, "all": True, "tag": ["a", "b"]})
    assert "None" not in _path(call)
