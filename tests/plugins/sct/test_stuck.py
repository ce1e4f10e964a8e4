"""A stuck run ends only while it is stuck."""

from __future__ import annotations

from typing import Any

import pytest

from argus.domain.runs import edit
from argus.features.tracker.runs.stuck import terminate_stuck_runs
from argus.kit.clock import now_s
from argus.models.activity import ArgusEvent
from argus.models.user import User
from argus.plugins.sct.model import SCTTestRun
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.intruded import Intruded
from tests.plugins.sct.conftest import stored

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("meanwhile", [{"status": "passed"}, {"heartbeat": now_s()}])
async def test_a_run_that_ends_or_is_heard_of_meanwhile_stays_as_it_is(
    runtime: Runtime, run: SCTTestRun, user: User, meanwhile: dict[str, Any]
) -> None:
    await runtime.store.write(edit(run).set(status="running", heartbeat=now_s() - 3600))
    runtime.store = Intruded(runtime.store, edit(run).set(**meanwhile))
    assert await terminate_stuck_runs(runtime, user) == {"total": 0}
    assert (await stored(runtime, run.id)).status == meanwhile.get("status", "running")
    assert await runtime.store.all(select(ArgusEvent).where(run_id=run.id)) == []
