"""What a run gets from the catalogue and the plans when it is created.

Contract: docs/contract/plugins.md#place-of-a-run; docs/contract/plugins.md#assignee-of-a-run.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TypeVar
from uuid import UUID

from argus.kit.parse import number_at_end
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunBase
from argus.runtime import Runtime
from argus.storage.statements import select, update

log = logging.getLogger("argus.assignment")

R = TypeVar("R", bound=RunBase)


async def assigned(runtime: Runtime, run_type: str, run: R) -> R:
    """A new run with the ids of its test, group and release, and the assignee that the plans name.

    A run whose job no test has keeps no ids. The test learns the type of its runs.

    Raises:
        MultipleDocumentsFound: two tests have the run's job.
    """
    test = await runtime.store.find(ArgusTest, build_system_id=run.build_id)
    if test is None:
        log.warning("no test has the job %r: run %s belongs to no release", run.build_id, run.id)
        return run
    if test.plugin_name != run_type:
        await runtime.store.write(update(ArgusTest, id=test.id).set(plugin_name=run_type).if_exists())
    run = run.changed(test_id=test.id, group_id=test.group_id, release_id=test.release_id)
    return run.changed(assignee=await assignee_of(runtime, run))


async def assignee_of(runtime: Runtime, run: RunBase, version: str | None = None) -> UUID | None:
    """Who looks after a run: by the first plan of its release that has its group or its test.

    Args:
        version: only plans for exactly this version count; None: all of them.
    """
    if run.test_id is None or run.release_id is None:
        return None
    test, release, plans = await asyncio.gather(
        runtime.store.find(ArgusTest, "id", "group_id", id=run.test_id),
        runtime.store.find(ArgusRelease, "id", id=run.release_id),
        runtime.store.all(select(ArgusReleasePlan).where(release_id=run.release_id)),  # tens of plans
    )
    if test is None or release is None:
        return None
    for plan in plans:
        if version and plan.target_version != version:
            continue
        if test.group_id in plan.groups:
            return plan.assignee_mapping.get(test.group_id, plan.owner) if test.group_id else plan.owner
        if test.id in plan.tests:
            return plan.assignee_mapping.get(test.id, plan.owner)
    return None


def build_number_of(url: str | None) -> int | None:
    """The build's number as a row holds it, from the last segment of its URL: -1 without a URL, None when that is no number of 32 bits."""
    number = number_at_end(url) if url else -1
    return number if number is not None and -(2**31) <= number < 2**31 else None
