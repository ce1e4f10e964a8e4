"""Everything about one run in one answer: its place in the catalogue, comments, activity."""

from __future__ import annotations

import asyncio
from typing import TypedDict
from uuid import UUID

from argus.domain.activity import RunActivity, run_activity
from argus.domain.runs import locate
from argus.kit.clock import order_of
from argus.kit.errors import ClientException
from argus.kit.parse import uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.run import RunBase
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import select


class Place(TypedDict, total=False):
    """Where a run stands in the catalogue: all of it, or nothing."""

    test: ArgusTest
    group: ArgusGroup
    release: ArgusRelease


class RunInfo(TypedDict):
    plugin_name: str
    test_run: RunBase
    test_info: Place
    comments: list[ArgusTestRunComment]
    activity: RunActivity


async def run_info(runtime: Runtime, run_id: str) -> RunInfo:
    """A run of any type, with context.

    Raises:
        ValueError: malformed id.
        ClientException: nothing has this id.
    """
    found = await locate(runtime, uuid_of(run_id))
    if found is None:
        raise ClientException(f"Test run {run_id} not found in any plugin model")
    plugin, run = found
    place, comments, activity = await asyncio.gather(_place(runtime, run), _comments(runtime, run.id), run_activity(runtime, run.id))
    return {"plugin_name": plugin.name, "test_run": run, "test_info": place, "comments": comments, "activity": activity}


async def _place(runtime: Runtime, run: RunBase) -> Place:
    """Empty unless all three are there."""
    if run.test_id is None:
        return {}
    try:
        test = await runtime.store.get(ArgusTest, id=run.test_id)
        if test.group_id is None or test.release_id is None:
            return {}
        group, release = await asyncio.gather(
            runtime.store.get(ArgusGroup, id=test.group_id), runtime.store.get(ArgusRelease, id=test.release_id)
        )
    except DocumentNotFound:
        return {}
    return {"test": test, "group": group, "release": release}


async def _comments(runtime: Runtime, run_id: UUID) -> list[ArgusTestRunComment]:
    comments = await runtime.store.all(select(ArgusTestRunComment).where(test_run_id=run_id))
    return sorted(comments, key=lambda comment: (comment.posted_at, order_of(comment.id)))
