"""Results of gemini, which compares a cluster with an oracle (docs/contract/client.md#gemini)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argus.domain.runs import edit
from argus.models.enums import SubtestType
from argus.models.user import User
from argus.plugins.sct.runs import run_of
from argus.plugins.sct.verdict import fail
from argus.runtime import Runtime

FIELDS = (
    "oracle_nodes_count",
    "oracle_node_ami_id",
    "oracle_node_instance_type",
    "oracle_node_scylla_version",
    "gemini_command",
    "gemini_version",
    "gemini_status",
    "gemini_write_ops",
    "gemini_write_errors",
    "gemini_read_ops",
    "gemini_read_errors",
)
PASSED = "PASSED"
MESSAGE = "[{username}] Setting run status to {status} due to Gemini reporting following status: {gemini_status}"


async def submit_gemini(runtime: Runtime, user: User, run_id: str, data: Mapping[str, Any]) -> None:
    """Keep what gemini found; any status but `PASSED` fails the run. Absent values become null, an absent seed the text `None`.

    Raises:
        SCTServiceException: no such run.
        TypeError: a value does not fit its column.
    """
    run = await run_of(runtime, run_id, "release_id", "test_id")
    values = {name: data.get(name) for name in FIELDS}
    seed = str(data.get("gemini_seed"))
    await runtime.store.write(edit(run).set(subtest_name=SubtestType.GEMINI.value, gemini_seed=seed, **values))
    if data.get("gemini_status") != PASSED:
        await fail(runtime, run, user, MESSAGE, gemini_status=data.get("gemini_status"))
