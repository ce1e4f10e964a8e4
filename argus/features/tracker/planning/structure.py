"""What plans are made of: the entities of a release, and those of one plan (docs/contract/planning.md#reading)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any
from uuid import UUID

from argus.domain.catalogue import display_name
from argus.features.tracker.planning.plans import plan_of
from argus.kit.parse import uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import select


async def grid(runtime: Runtime, release_id: str) -> dict[str, Any]:
    """Enabled groups and tests of a release by id, and all of its tests by group.

    Raises:
        ValueError, DocumentNotFound: no such release.
    """
    release = await runtime.store.get(ArgusRelease, id=uuid_of(release_id))
    groups, tests = await asyncio.gather(
        runtime.store.all(select(ArgusGroup).where(release_id=release.id)),
        runtime.store.all(select(ArgusTest).where(release_id=release.id)),
    )
    shown = {group.id: group for group in groups if group.enabled}
    of_group: defaultdict[str, list[ArgusTest]] = defaultdict(list)
    for test in tests:
        of_group[str(test.group_id)].append(test)
    return {
        "groups": {str(group.id): {**group.__dict__, "type": "group", "release": release.name} for group in shown.values()},
        "tests": {
            str(test.id): _planned_test(test, shown[test.group_id], release.name)
            for test in tests
            if test.enabled and test.group_id is not None and test.group_id in shown
        },
        "testByGroup": of_group,
    }


async def entities_of_plan(runtime: Runtime, reference: str) -> list[dict[str, Any]]:
    """The tests of a plan, then its groups, in the plan's order; those that are gone are left out.

    Raises:
        DocumentNotFound: no such plan.
    """
    plan, store = await plan_of(runtime, reference), runtime.store
    tests, groups = await asyncio.gather(
        store.all_in(select(ArgusTest), "id", plan.tests), store.all_in(select(ArgusGroup), "id", plan.groups)
    )
    parents = await store.all_in(select(ArgusGroup), "id", [test.group_id for test in tests if test.group_id])
    release = await store.find(ArgusRelease, id=plan.release_id) if plan.release_id else None
    name = release.name if release else None
    by_id: dict[UUID | None, ArgusGroup] = {group.id: group for group in parents}
    shown = {test.id: _planned_test(test, by_id.get(test.group_id), name) for test in tests}
    shown |= {group.id: {**group.__dict__, "type": "group", "release": name} for group in groups}
    return [shown[entity] for entity in dict.fromkeys([*plan.tests, *plan.groups]) if entity in shown]


def _planned_test(test: ArgusTest, group: ArgusGroup | None, release: str | None) -> dict[str, Any]:
    return {**test.__dict__, "type": "test", "group": display_name(group) if group else None, "release": release}
