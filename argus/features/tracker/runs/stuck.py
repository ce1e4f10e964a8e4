"""Ending runs that stopped answering (docs/contract/testrun.md#ending-runs-that-went-silent)."""

from __future__ import annotations

from argus.domain.activity import event
from argus.domain.runs import edit
from argus.domain.snapshots import invalidate_release
from argus.kit.clock import now_s
from argus.models.enums import ArgusEventTypes, TestStatus
from argus.models.run import RunBase
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import lt, select

SILENCE = 45 * 60  # seconds
RUN_TYPE = "scylla-cluster-tests"
COLUMNS = ("build_id", "start_time", "id", "status", "heartbeat", "release_id", "group_id", "test_id")


async def terminate_stuck_runs(runtime: Runtime, user: User) -> dict[str, int]:
    """Abort cluster tests that run, or are about to, and have been silent for 45 minutes.

    Scans the table of runs twice, page by page: neither status nor heartbeat has an index in installations' data (docs/performance.md).
    """
    plugin = runtime.plugins.get(RUN_TYPE)
    if plugin is None:
        return {"total": 0}
    total = 0
    for status in (TestStatus.RUNNING, TestStatus.CREATED):
        stuck = select(plugin.model, *COLUMNS).where(lt("heartbeat", now_s() - SILENCE), status=status.value).allow_filtering()
        async for run in runtime.store.rows(stuck):
            total += await _abort(runtime, user, run)
    return {"total": total}


async def _abort(runtime: Runtime, user: User, run: RunBase) -> bool:
    """End a run, unless it has ended or has been heard of since it was read; whether it was ended."""
    entry = event(
        ArgusEventTypes.STATUS_CHANGE,
        user.id,
        "Run was automatically terminated due to not responding for more than 45 minutes "
        "(Status changed from {old_status} to {new_status}) by {username}",
        release_id=run.release_id,
        group_id=run.group_id,
        test_id=run.test_id,
        run_id=run.id,
        old_status=run.status,
        new_status=TestStatus.ABORTED.value,
        username=user.username,
    )
    ended = edit(run).set(status=TestStatus.ABORTED.value).only_if(status=run.status, heartbeat=run.heartbeat)
    if not (await runtime.store.write(ended)).applied:
        return False
    await runtime.store.save(entry)
    await invalidate_release(runtime, run.release_id)
    return True
