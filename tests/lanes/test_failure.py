"""Errors as clients of the API know them (conventions 3.1)."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.features.making import answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_a_value_that_fits_no_model_is_a_type_error_in_one_line(server: Server, client: httpx.AsyncClient) -> None:
    made = await make(client)
    await made.new_test("t", plugin="scylla-cluster-tests")
    run_id = str(uuid4())
    body = {"run_id": run_id, "job_name": made.job("t"), "job_url": "https://ci/job/1/", "started_by": "ci", "commit_id": "c"}
    more = {"origin_url": None, "branch_name": None, "sct_config": {}, "schema_version": "v8"}
    await answered(client.post("/api/v1/client/testrun/scylla-cluster-tests/submit", json={**body, **more}))
    package = {"name": {"not": "text"}, "version": "1", "date": "20240101", "revision_id": "r", "build_id": "b"}
    submitted = client.post(f"/api/v1/client/sct/{run_id}/packages/submit", json={"packages": [package], "schema_version": "v8"})
    assert await refused(submitted) == ("TypeError", ["name: Input should be a valid string"])
