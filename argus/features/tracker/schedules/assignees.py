"""Who looks after the groups of a release and the tests of a group, by the release's plans (docs/contract/core.md#assignees-from-plans)."""

from __future__ import annotations

from uuid import UUID

from argus.kit.errors import foreseen
from argus.kit.parse import uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease
from argus.models.plan import ArgusReleasePlan
from argus.runtime import Runtime
from argus.storage.statements import select

Assignees = dict[str, list[UUID | None]]


async def of_groups(runtime: Runtime, release_id: str | None, version: str | None, plan_id: str | None) -> Assignees:
    """Group id → the one user who looks after it (null when the plan has no owner).

    Args:
        version: plans of exactly this version; empty: all of them. `plan_id`: this plan alone.

    Raises:
        Exception: no release is named.
        ValueError, DocumentNotFound: no such release or plan.
    """
    if not release_id:
        raise foreseen(Exception("Missing releaseId"))
    release = await runtime.store.get(ArgusRelease, "id", id=uuid_of(release_id))
    return _first_wins(await _plans(runtime, release.id, version, plan_id), "groups")


async def of_tests(runtime: Runtime, group_id: str | None, version: str | None, plan_id: str | None) -> Assignees:
    """Test id → the one user who looks after it, for every test of the plans, whatever its group.

    Args:
        version, plan_id: as of `of_groups`.

    Raises:
        Exception: no group is named.
        ValueError, DocumentNotFound: no such group or plan.
    """
    if not group_id:
        raise foreseen(Exception("Missing groupId"))
    group = await runtime.store.get(ArgusGroup, "id", "release_id", id=uuid_of(group_id))
    return _first_wins(await _plans(runtime, group.release_id, version, plan_id), "tests")


async def named_by_plans(runtime: Runtime, release_id: UUID, version: str | None) -> dict[str, str]:
    """Test or group id → the one user who looks after it, over the plans of a version, or all of them; without those that name nobody."""
    plans = await _plans(runtime, release_id, version, None)
    named = {**_first_wins(plans, "groups"), **_first_wins(plans, "tests")}
    return {entity: str(user) for entity, (user,) in named.items() if user}


async def _plans(runtime: Runtime, release_id: UUID | None, version: str | None, plan_id: str | None) -> list[ArgusReleasePlan]:
    if plan_id:
        return [await runtime.store.get(ArgusReleasePlan, id=uuid_of(plan_id))]
    if release_id is None:
        return []
    plans = await runtime.store.all(select(ArgusReleasePlan).where(release_id=release_id))  # tens of plans
    return [plan for plan in plans if not version or plan.target_version == version]


def _first_wins(plans: list[ArgusReleasePlan], entities: str) -> Assignees:
    assignees: Assignees = {}
    for plan in plans:
        for entity in getattr(plan, entities):
            assignees.setdefault(str(entity), [plan.assignee_mapping.get(entity, plan.owner)])
    return assignees
