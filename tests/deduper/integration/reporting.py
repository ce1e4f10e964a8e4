"""Runs as a client reports them."""

from __future__ import annotations

import httpx

SUBMIT = "/api/v1/client/testrun/scylla-cluster-tests/submit"


def report_run(caller: httpx.Client, run_id: str) -> None:
    """Report that a cluster test has begun."""
    body = {
        "schema_version": "v8",
        "run_id": run_id,
        "job_name": "job",
        "job_url": "http://ci/job/1/",
        "started_by": "me",
        "commit_id": "c",
        "origin_url": None,
        "branch_name": None,
        "sct_config": {"cluster_backend": "aws", "region_name": "eu"},
    }
    made = caller.post(SUBMIT, json=body)
    assert made.json()["status"] == "ok", made.text
