"""Taking a plan over to another release, where entities are found again by their paths in the build system.

Contract: docs/contract/planning.md#copying.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from argus.features.tracker.planning.editing import add_plan
from argus.features.tracker.planning.payloads import CopyPlanPayload, options_of, options_text, plain, uuids
from argus.features.tracker.planning.plans import check_name, plan_of
from argus.kit.errors import PlannerServiceException, foreseen
from argus.kit.parse import record, uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import select
from argus.storage.store import Store

E = TypeVar("E", ArgusGroup, ArgusTest)


@dataclass(frozen=True, slots=True)
class Translation(Generic[E]):
    """Planned entities of one kind that still exist, and what they are in the other release."""

    entities: Sequence[E]
    found: Mapping[UUID, UUID]
    targets: frozenset[UUID]  # every entity of this kind in the other release

    @property
    def missing(self) -> list[E]:
        return [entity for entity in self.entities if entity.id not in self.found]

    def with_replacements(self, chosen: Mapping[str, str | None]) -> dict[UUID, UUID]:
        """Counterparts, and what the user chose for entities without one.

        Raises:
            ValueError: a malformed id.
            PlannerServiceException: a choice that is not in the other release.
        """
        result: dict[UUID, UUID] = {}
        for entity in self.entities:
            target = self.found.get(entity.id)
            picked = chosen.get(str(entity.id))
            if target is None and picked:
                target = uuid_of(picked)
                if target not in self.targets:
                    raise PlannerServiceException(f"Replacement {target} is not in the target release", str(entity.id))
            if target is not None:
                result[entity.id] = target
        return result


async def _translated(store: Store, model: type[E], ids: Sequence[UUID], source: ArgusRelease, target: ArgusRelease) -> Translation[E]:
    planned, there = await asyncio.gather(
        store.all_in(select(model), "id", ids), store.all(select(model, "id", "build_system_id").where(release_id=target.id))
    )
    known = {entity.id: entity for entity in planned}
    entities = [known[entity_id] for entity_id in dict.fromkeys(ids) if entity_id in known]
    by_path = {entity.build_system_id: entity.id for entity in reversed(there) if entity.build_system_id}
    paths = {e.id: e.build_system_id.replace(source.name or "", target.name or "", 1) for e in entities if e.build_system_id}
    found = {entity_id: by_path[path] for entity_id, path in paths.items() if path in by_path}
    return Translation(entities, found, frozenset(entity.id for entity in there))


async def check(runtime: Runtime, plan_id: str, release_id: str | None) -> dict[str, Any]:
    """What of a plan has no counterpart in a release.

    Raises:
        Exception: no release is named.
        ValueError, DocumentNotFound: no such plan (keys do not count here) or release.
    """
    if not release_id:
        raise foreseen(Exception("Missing release id."))
    store = runtime.store
    plan = await plan_of(runtime, str(uuid_of(plan_id)))
    target = await store.get(ArgusRelease, id=uuid_of(release_id))
    source = await store.get(ArgusRelease, id=plan.release_id)
    tests, groups = await asyncio.gather(
        _translated(store, ArgusTest, plan.tests, source, target), _translated(store, ArgusGroup, plan.groups, source, target)
    )
    missing = {
        "tests": [{**test.__dict__, "type": "test", "release": source.name} for test in tests.missing],
        "groups": [{**group.__dict__, "type": "group", "release": source.name} for group in groups.missing],
    }
    status = "failed" if any(missing.values()) else "passed"
    return {"status": status, "targetRelease": target, "originalRelease": source, "missing": missing}


async def copy(runtime: Runtime, user: User, body: Mapping[str, Any]) -> ArgusReleasePlan:
    """Make a plan in another release, like one that there is. Entities without counterpart or replacement are left out.

    Raises:
        TypeError, ValueError: keys missing or beyond, malformed ids.
        PlannerServiceException: name and version are taken, or a replacement is not in the other release.
        UserViewException: the name of the new view is taken.
        DocumentNotFound: no such plan or release.
    """
    payload = record(CopyPlanPayload, body)
    wanted, store = payload.plan, runtime.store
    await check_name(store, wanted.name, wanted.target_version, None, payload)
    original = await plan_of(runtime, wanted.id)
    target = await store.get(ArgusRelease, id=uuid_of(payload.targetReleaseId))
    source = await store.get(ArgusRelease, id=original.release_id)
    tests, groups = await asyncio.gather(
        _translated(store, ArgusTest, original.tests, source, target), _translated(store, ArgusGroup, original.groups, source, target)
    )
    replaced = payload.replacements or {}
    copied_tests, copied_groups = tests.with_replacements(replaced), groups.with_replacements(replaced)
    copied = {**copied_tests, **copied_groups}
    options = options_of(original.options)
    plan = ArgusReleasePlan(
        owner=uuid_of(wanted.owner),
        participants=uuids(wanted.participants) if payload.keepParticipants else [],
        release_id=target.id,
        tests=list(dict.fromkeys(copied_tests.values())),
        groups=list(dict.fromkeys(copied_groups.values())),
        assignee_mapping=_carried(original.assignee_mapping, copied) if payload.keepParticipants else {},
        options=options_text({str(new): options[str(old)] for old, new in copied.items() if options.get(str(old))}),
    ).changed(**{**plain(wanted), "completed": False})
    return await add_plan(runtime, user, plan, payload)


def _carried(mapping: Mapping[UUID, UUID], copied: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    return {new: mapping[old] for old, new in copied.items() if old in mapping}
