"""What people decide about runs: status, investigation, assignee (docs/contract/testrun.md#changing-runs).

Each change is one column and its entry in the activity log.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from argus.domain import notify
from argus.domain.activity import event
from argus.domain.runs import edit, get_typed
from argus.domain.snapshots import invalidate_release
from argus.domain.swap import swap
from argus.features.tracker.runs import entries
from argus.kit.errors import TestRunServiceException, foreseen
from argus.kit.parse import enum_of, need, uuid_of
from argus.models.catalogue import ArgusTest
from argus.models.enums import ArgusEventTypes, TestInvestigationStatus, TestStatus
from argus.models.run import RunBase
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import Update, batch, insert, select

NOBODY = "none-none-none"
TRIAGED = ("id", "status", "investigation_status", "assignee", "test_id", "build_number")
BATCH = 50  # runs whose writes go together


async def set_status(runtime: Runtime, user: User, test_id: str, run_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Set a run's status; any may follow any.

    Raises:
        Exception: no status in the body.
        ValueError: a malformed id or an unknown status.
        TestRunServiceException: no such test.
        DocumentNotFound: no such run.
    """
    wanted = _given(body, "status", "Status not specified in the request")
    test_key, run_key, status = uuid_of(test_id), uuid_of(run_id), enum_of(TestStatus, wanted)
    try:
        test, run = await test_and_run(runtime, test_key, run_key)
    except DocumentNotFound as missing:
        if "ArgusTest " in str(missing):
            raise TestRunServiceException("Test entity does not exist for provided test_id", test_key) from None
        raise
    entry = entries.status_set(user, test, run, status)
    await runtime.store.write(edit(run).set(status=status.value).if_exists())  # written as clients write it, so that the two have one order
    await runtime.store.save(entry)
    await invalidate_release(runtime, test.release_id)
    return {"test_run_id": run.id, "status": status.value}


async def set_investigation_status(runtime: Runtime, user: User, test_id: str, run_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Set how far people have come with a run.

    Raises:
        Exception: no status in the body.
        ValueError: a malformed id or an unknown status.
        DocumentNotFound: no such test or run.
    """
    wanted = _given(body, "investigation_status", "Status not specified in the request")
    test_key, run_key, status = uuid_of(test_id), uuid_of(run_id), enum_of(TestInvestigationStatus, wanted)
    test, run = await test_and_run(runtime, test_key, run_key)
    entry = entries.investigation_set(user, test, run, status)
    await runtime.store.write(batch(edit(run).set(investigation_status=status.value), insert(entry)))
    await invalidate_release(runtime, test.release_id)
    return {"test_run_id": run.id, "investigation_status": status.value}


async def set_assignee(runtime: Runtime, user: User, test_id: str, run_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Assign a run to a user, or to nobody (`none-none-none`). An assignee other than the caller is notified.

    Raises:
        Exception: no assignee in the body.
        ValueError: a malformed id.
        DocumentNotFound: no such test, run or user; nothing is changed then.
    """
    wanted = _given(body, "assignee", "Assignee not specified in the request")
    test_key, run_key = uuid_of(test_id), uuid_of(run_id)
    assignee = None if wanted == NOBODY else uuid_of(wanted)
    test, run = await test_and_run(runtime, test_key, run_key)
    new = await runtime.store.get(User, "username", id=assignee) if assignee else None
    old = await runtime.store.find(User, "username", id=run.assignee) if run.assignee else None
    entry = entries.assignee_set(user, test, run, old, new)
    await runtime.store.write(batch(edit(run).set(assignee=assignee), insert(entry)))
    if assignee and assignee != user.id:
        await notify.run_assigned(runtime, user, assignee, run)
    await invalidate_release(runtime, test.release_id)
    return {"test_run_id": run.id, "assignee": str(assignee) if assignee else None}


async def ignore_runs(runtime: Runtime, user: User, body: dict[str, Any]) -> dict[str, int]:
    """Mark all runs of a test that nobody looked at, and that did not pass, as ignored.

    Raises:
        KeyError, ValueError: the body misses a key, or the id is malformed.
        TestRunServiceException: no reason.
        DocumentNotFound: no such test.
    """
    id_text, reason = need(body, "testId"), need(body, "reason")
    test_key = uuid_of(id_text)
    test = await runtime.store.get(ArgusTest, id=test_key)
    if not reason:
        raise TestRunServiceException("Reason for ignore cannot be empty")
    model = model_of(runtime, test)
    columns = ("build_id", "start_time", "id", "release_id", "group_id", "test_id", "status", "investigation_status")
    open_runs = [run async for run in runtime.store.rows(select(model, *columns).where(test_id=test.id)) if _is_open(run)]
    ignored = 0
    for start in range(0, len(open_runs), BATCH):
        ignored += await _ignore(runtime, user, open_runs[start : start + BATCH], reason)
    await invalidate_release(runtime, test.release_id)
    return {"affectedJobs": ignored}


async def _ignore(runtime: Runtime, user: User, runs: list[RunBase], reason: str) -> int:
    """Mark those that still nobody looked at; how many they are."""
    outcomes = await asyncio.gather(*(_ignore_open(runtime, run) for run in runs))
    runs = [run for run, ignored in zip(runs, outcomes, strict=True) if ignored]
    written = [
        event(
            ArgusEventTypes.INVESTIGATION_BATCH_STATUS_CHANGE,
            user.id,
            "Run was marked as ignored by {username} due to the following reason: {reason}",
            release_id=run.release_id,
            group_id=run.group_id,
            test_id=run.test_id,
            run_id=run.id,
            username=user.username,
            reason=reason,
        )
        for run in runs
    ]
    if written:
        await runtime.store.write(batch(*map(insert, written)))
    return len(written)


async def _ignore_open(runtime: Runtime, run: RunBase) -> bool:
    def ignored(present: RunBase) -> Update | None:
        return edit(present).set(investigation_status=TestInvestigationStatus.IGNORED.value) if _is_open(present) else None

    seen = await swap(runtime.store, run, ("status", "investigation_status"), ignored)
    return seen is not None and _is_open(seen)


def _is_open(run: RunBase) -> bool:
    return run.status != TestStatus.PASSED and run.investigation_status == TestInvestigationStatus.NOT_INVESTIGATED


def _given(body: dict[str, Any], key: str, complaint: str) -> Any:
    value = body.get(key)
    if not value:
        raise foreseen(Exception(complaint))
    return value


async def test_and_run(runtime: Runtime, test_id: UUID, run_id: UUID) -> tuple[ArgusTest, RunBase]:
    """A test and one of its runs, of that what is decided about it.

    Raises:
        DocumentNotFound: no such test or run.
        AttributeError: the test has no run type.
    """
    test = await runtime.store.get(ArgusTest, id=test_id)
    return test, await get_typed(runtime, model_of(runtime, test), run_id, *TRIAGED)


def model_of(runtime: Runtime, test: ArgusTest) -> type[RunBase]:
    """The table of a test's runs.

    Raises:
        AttributeError: the test has no run type yet, or one that is not served.
    """
    plugin = runtime.plugins.get(test.plugin_name)
    if plugin is None:
        raise foreseen(AttributeError("'NoneType' object has no attribute 'model'"))  # the text of the contract
    return plugin.model
