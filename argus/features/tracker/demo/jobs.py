"""Runs of the other types: pytest sessions, driver matrices, user-interface tests."""

from __future__ import annotations

import base64
import random
from typing import Any

from argus.features.tracker.demo.story import Call, Run, hex_of, seconds

CLIENT = "/api/v1/client"
PYTESTS = tuple(
    f"{module}.py::{case}"
    for module, cases in {
        "repair_additional_test": ("TestRepair::test_repair_abort", "TestRepair::test_repair_with_tablets", "TestRepair::test_small_table"),
        "topology_test": (
            "TestTopology::test_decommission",
            "TestTopology::test_concurrent_bootstrap",
            "TestTopology::test_replace_dead_node",
        ),
        "materialized_views_test": ("TestMaterializedViews::test_view_build_status", "TestMaterializedViews::test_base_replica_repair"),
        "paging_test": ("TestPagingData::test_static_columns_paging", "TestPagingSize::test_with_more_results_than_page_size"),
        "sstable_generation_test": ("TestLoadAndStream::test_keyspace_column_family", "TestRefresh::test_refresh_in_parallel"),
        "alternator_tests": ("TesterAlternator::test_ttl_expiration", "TesterAlternator::test_batch_write_with_dead_node"),
    }.items()
    for case in cases
)
CASES = ("test_prepared_statements", "test_paging_state", "test_tablet_routing", "test_reconnect_after_restart", "test_udt_in_collection")
SCREENS = ("CreateCluster", "ScaleCluster", "DeleteCluster", "BillingPage", "UserInvitation")
ERRORS = (
    "AssertionError: assert 3 == 4",
    "TimeoutError: node4 did not become UN within 120 s",
    "ccmlib.node.NodetoolError: Nodetool command failed",
)


def make_pytest_run(rng: random.Random, run: Run) -> list[Call]:
    """A dtest session and the results of its tests."""
    version = f"{run.version}-0.{run.start:%Y%m%d}.{hex_of(rng, 12)}"
    path = f"{CLIENT}/testrun/generic"
    body = {
        "run_id": run.id,
        "build_id": run.job,
        "build_url": run.url,
        "started_by": "timer",
        "sub_type": "dtest",
        "scylla_version": version,
    }
    calls = [Call(run.start, "jenkins", f"{path}/submit", body)]
    sick = set(rng.sample(PYTESTS, 2)) if run.status == "failed" else set()
    for index, name in enumerate(PYTESTS):
        finished = run.moment(0.05 + 0.9 * index / len(PYTESTS))
        status = (
            rng.choice(("failure", "error", "failure & error"))
            if name in sick
            else rng.choices(("passed", "skipped", "xfailed"), (20, 1, 1))[0]
        )
        result = {
            "name": name,
            "timestamp": seconds(finished),
            "session_timestamp": seconds(run.start),
            "test_type": "dtest",
            "run_id": run.id,
            "status": status,
            "duration": round(rng.uniform(4, 240), 3),
            "markers": rng.sample(("single_node", "next_gating", "tablets", "raft", "dtest_full"), 2),
            "message": rng.choice(ERRORS) if name in sick else "",
            "user_fields": {"scylla_mode": "debug" if "debug" in run.job else "release", "SCYLLA_VERSION": version},
        }
        calls.append(Call(finished, "jenkins", f"{CLIENT}/testrun/pytest/result/submit", result))
    if run.over:
        calls.append(Call(run.end, "jenkins", f"{path}/{run.id}/finalize", {"status": run.status, "scylla_version": version}))
    return calls


def make_driver_run(rng: random.Random, run: Run) -> list[Call]:
    """A driver in three versions, each with its JUnit document."""
    kind = run.job.split("/")[2].split("-")[0]
    base = {"schema_version": "v2", "run_id": run.id}
    calls = [
        Call(run.start, "jenkins", f"{CLIENT}/testrun/driver-matrix-tests/submit", {**base, "job_name": run.job, "job_url": run.url}),
        Call(
            run.start,
            "jenkins",
            f"{CLIENT}/driver_matrix/env/submit",
            {**base, "raw_env": f"scylla-version: {run.version}\nregion: eu-west-1\n"},
        ),
    ]
    for index, version in enumerate(("3.28.2", "3.29.1", "3.29.4")):
        label = f"TEST-{kind}-{version}" if kind == "cpp" else f"{'pytest' if kind == 'python' else 'xunit'}.{kind}.v5.{version}"
        broken = run.status == "failed" and index == 2
        body = {**base, "driver_type": kind, "driver_name": label, "raw_xml": base64.b64encode(_xunit(rng, run, broken).encode()).decode()}
        calls.append(Call(run.moment(0.3 + 0.2 * index), "jenkins", f"{CLIENT}/driver_matrix/result/submit", body))
    if run.over:
        calls.append(Call(run.end, "jenkins", f"{CLIENT}/testrun/driver-matrix-tests/{run.id}/finalize", {"status": run.status}))
    return calls


def _xunit(rng: random.Random, run: Run, broken: bool) -> str:
    cases, total = [], 0.0
    for index, name in enumerate(CASES):
        took = round(rng.uniform(0.2, 9), 3)
        total += took
        inner = '<failure message="no host could be queried" type="NoHostAvailable"/>' if broken and index == 3 else ""
        cases.append(f'<testcase classname="integration.standard" name="{name}" time="{took}">{inner}</testcase>')
    return (
        f'<testsuites time="{total:.3f}" timestamp="{run.start.isoformat()}">'
        f'<testsuite name="integration" tests="{len(CASES)}" failures="{int(broken)}" errors="0" skipped="0" '
        f'time="{total:.3f}" timestamp="{run.start.isoformat()}">{"".join(cases)}</testsuite></testsuites>'
    )


def make_sirenada_run(rng: random.Random, run: Run) -> list[Call]:
    """A session in two browsers, submitted when it is over."""
    results = [_screen(rng, run, screen, browser) for browser in ("chrome", "firefox") for screen in SCREENS]
    body = {
        "schema_version": "v1",
        "run_id": run.id,
        "build_id": run.job,
        "build_job_url": run.url,
        "region": "us-east-1",
        "results": results,
    }
    return [Call(run.start, "jenkins", f"{CLIENT}/testrun/sirenada/submit", body)]


def _screen(rng: random.Random, run: Run, screen: str, browser: str) -> dict[str, Any]:
    failed = run.status == "failed" and screen == "ScaleCluster"
    return {
        "test_name": f"test_{screen.lower()}",
        "class_name": f"Test{screen}",
        "file_name": f"tests/test_{screen.lower()}.py",
        "browser_type": browser,
        "cluster_type": rng.choice(("single-region", "multi-region")),
        "status": "failed" if failed else "passed",
        "duration": round(rng.uniform(20, 300), 2),
        "message": "Element 'scale-confirm' was not found within 30 s" if failed else "",
        "start_time": f"{run.start.isoformat(timespec='milliseconds')}Z",
        "stack_trace": "selenium.common.exceptions.TimeoutException: Message: scale-confirm" if failed else "",
        "screenshot_file": f"{screen.lower()}-{browser}.png",
        "s3_folder_id": run.id[:8],
        "requests_file": f"{screen.lower()}-{browser}.har",
        "sirenada_test_id": f"{run.id[:8]}-{browser}",
        "sirenada_user": "demo",
        "sirenada_password": "",
    }
