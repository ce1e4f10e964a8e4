"""The unmodified `argus-alm` and `pytest-argus-reporter` against a running server, on each lane."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import browser
from tests.serving import ACTORS

__all__ = ["browser"]

pytestmark = [pytest.mark.clients, pytest.mark.timeout(400)]  # a server starts with the first one

HERE = Path(__file__).parent
JOB = "clients-release/group/longevity"
ALICE = {"Authorization": f"token {ACTORS['alice']['token']}"}


def play(python: Path, script: str, *args: str, cwd: Path) -> dict[str, Any]:
    done = subprocess.run([python, HERE / script, *args], capture_output=True, text=True, cwd=cwd, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def api(url: str, method: str, path: str, **options: Any) -> Any:
    answer = httpx.request(method, f"{url}{path}", headers=ALICE, **options).json()
    assert answer["status"] == "ok", answer
    return answer["response"]


@pytest.fixture(scope="module")
def test_id(url: str) -> str:
    """The test of the job that the client reports for."""
    release = api(
        url, "POST", "/admin/api/v1/release/create", json={"release_name": "clients-release", "pretty_name": "", "perpetual": False}
    )
    place = {"release_id": release["new_release"]["id"]}
    group = {"group_name": "group", "pretty_name": "", "build_system_id": "clients-release/group", **place}
    made = api(url, "POST", "/admin/api/v1/group/create", json=group)
    test = {
        "test_name": "longevity",
        "pretty_name": "",
        "build_id": JOB,
        "build_url": "https://jenkins.example.com/",
        "plugin_name": "",
        **place,
    }
    created = api(url, "POST", "/admin/api/v1/test/create", json={**test, "group_id": made["new_group"]["id"]})
    return str(created["new_test"]["id"])


def test_a_whole_cluster_test(url: str, clients: Path, test_id: str, tmp_path: Path) -> None:
    run_id = str(uuid4())
    read = play(clients, "play_sct.py", url, ACTORS["bob"]["token"], run_id, JOB, str(tmp_path), cwd=tmp_path)
    assert read["status"] == "failed"
    assert [r["name"] for r in read["resources"]] == ["node-0", "node-1", "runner-1"]
    assert read["one"]["instance_info"]["shards_amount"] == 14
    assert read["resources"][1]["state"] == "terminated"
    assert read["nemeses"][0]["status"] == "failed"
    assert read["run"]["scylla_version"] == "6.2.1"
    shown = api(url, "GET", f"/api/v1/run/scylla-cluster-tests/{run_id}")
    assert shown["test_id"] == test_id
    assert shown["build_number"] == 17
    assert {p["name"] for p in shown["packages"]} == {"scylla-server", "kernel"}
    assert shown["nemesis_data"][0]["stack_trace"] == "node did not come back"
    assert shown["nemesis_stats"] == {"total": 1, "failed": 1}
    assert shown["screenshots"] == ["https://example.com/overview.png"]
    assert shown["logs"] == [["db.log", "https://example.com/db.log"]]
    assert shown["junit_reports"][0]["report"] == "<testsuite/>"
    assert shown["end_time"] > "2020"
    events = api(url, "GET", f"/api/v1/client/sct/{run_id}/events/CRITICAL/get")
    assert [e["message"] for e in events] == ["event number 0 <b>"]
    tables = httpx.get(f"{url}/api/v1/run/{test_id}/{run_id}/fetch_results", headers=ALICE).json()["tables"]
    assert tables[0]["Latencies"]["table_data"]["reads"]["p99"] == {"value": 12.5, "status": "ERROR", "type": "FLOAT"}
    listed = api(url, "GET", f"/api/v1/test/{test_id}/runs")
    assert [run["id"] for run in listed] == [run_id]


SHOWN = {
    "": ["6.2.1", "node did not come back", "event number 0 <b>"],
    "/packages": ["scylla-server", "6.8.0"],
    "/resources": ["node-0", "10.1.1.0", "spot interruption"],
    "/sct-events": ["event number 1 <b>"],
    "/nemesis": ["disrupt_stop_start"],
    "/results": ["Latencies", "12.5", "warm"],
}
"""Tab of the run page → what the client sent and people must see there."""


def test_the_run_page_shows_what_was_sent(url: str, clients: Path, test_id: str, browser: Browser, tmp_path: Path) -> None:
    run_id = str(uuid4())
    play(clients, "play_sct.py", url, ACTORS["bob"]["token"], run_id, JOB, str(tmp_path), cwd=tmp_path)
    context = browser.new_context(extra_http_headers=ALICE, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    for tab, texts in SHOWN.items():
        page.goto(f"{url}/tests/scylla-cluster-tests/{run_id}{tab}")
        for text in texts:
            page.get_by_text(text).first.wait_for(timeout=15_000)
    context.close()


def test_the_other_run_types(url: str, clients: Path, tmp_path: Path) -> None:
    ids = [str(uuid4()) for _ in range(3)]
    read = play(clients, "play_others.py", url, ACTORS["bob"]["token"], *ids, str(tmp_path), cwd=tmp_path)
    assert (read["generic"]["status"], read["generic"]["scylla_version"], read["generic"]["sub_type"]) == ("passed", "6.2.1", "dtest")
    assert read["generic"]["logs"] == {"all.log": "https://example.com/all.log"}
    assert read["driver"]["status"] == "failed"
    collections = read["driver"]["test_collection"]
    assert (2, 1) in [(c["tests_total"], c["failures"]) for c in collections]
    assert [c["failure_message"] for c in collections if c["driver"] == "cpp"] == ["did not build"]
    assert read["sirenada"]["status"] == "passed"
    assert read["sirenada"]["results"][0]["test_name"] == "login"


SUITE = """
import pytest

def test_good(): pass

@pytest.mark.parametrize("n", [1, 2])
def test_numbers(n): assert n == 1

@pytest.mark.skip
def test_later(): pass
"""


def test_the_pytest_plugin(url: str, clients: Path, tmp_path: Path) -> None:
    run_id = str(uuid4())
    play(clients, "play_others.py", url, ACTORS["bob"]["token"], run_id, str(uuid4()), str(uuid4()), str(tmp_path), cwd=tmp_path)
    (tmp_path / "test_suite.py").write_text(SUITE)
    options = ["--argus-post-reports", "--argus-run-id", run_id, "--argus-test-type", "dtest", "--argus-no-use-tunnel"]
    account = ["--argus-api-key", ACTORS["bob"]["token"], "--argus-base-url", url, "--argus-log-dir", str(tmp_path)]
    command = [clients, "-m", "pytest", "-p", "no:cacheprovider", *options, *account, "test_suite.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "2 passed, 1 skipped" in done.stdout.replace("1 failed, ", ""), done.stdout + done.stderr
    results = api(url, "GET", f"/api/v1/run/{run_id}/pytest/results")
    found = {(r["name"].split("::")[-1].split("/")[-1], r["status"]) for r in results}
    assert {status for _, status in found} == {"passed", "failure", "skipped"}, found
    assert len(results) == 4
