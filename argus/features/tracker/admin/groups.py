"""Administration of groups (docs/contract/admin.md#groups). Every change drops the release's stored statistics."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argus.domain.catalogue import take_along
from argus.domain.snapshots import invalidate_release
from argus.features.tracker.admin.releases import delete_entries
from argus.kit.errors import ReleaseManagerException, foreseen
from argus.kit.parse import need, record, uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import delete, select, update


@dataclass
class CreateGroup:
    group_name: str
    pretty_name: str | None
    build_system_id: str | None
    release_id: str


@dataclass
class UpdateGroup:
    group_id: str
    name: str
    pretty_name: str | None
    enabled: bool
    build_system_id: str | None


@dataclass
class DeleteGroup:
    group_id: str
    delete_tests: bool = True
    new_group_id: str = ""


async def of_release(runtime: Runtime, release_id: str | None) -> list[ArgusGroup]:
    """Every group of a release, disabled ones too.

    Raises:
        Exception: no release is named.
        ValueError: its id is malformed.
    """
    if not release_id:
        raise foreseen(Exception("ReleaseId not provided in the request"))
    return await runtime.store.all(select(ArgusGroup).where(release_id=uuid_of(release_id)))


async def create(runtime: Runtime, body: Mapping[str, Any]) -> ArgusGroup:
    """Create a group. Names are not unique.

    Raises:
        TypeError: keys missing or beyond, or a value that fits no column.
        ValueError, DocumentNotFound: no such release.
    """
    wanted = record(CreateGroup, body)
    release = await runtime.store.get(ArgusRelease, "id", id=uuid_of(wanted.release_id))
    group = ArgusGroup(release_id=release.id).changed(
        name=wanted.group_name, pretty_name=wanted.pretty_name, build_system_id=wanted.build_system_id
    )
    await runtime.store.create(group)
    await invalidate_release(runtime, release.id)
    return group


async def edit(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Change a group. Raises TypeError, ValueError, DocumentNotFound."""
    wanted = record(UpdateGroup, body)
    await _change(
        runtime,
        wanted.group_id,
        name=wanted.name,
        pretty_name=wanted.pretty_name,
        enabled=wanted.enabled,
        build_system_id=wanted.build_system_id,
    )


async def toggle(runtime: Runtime, body: Mapping[str, Any]) -> ArgusGroup:
    """Enable or disable a group. Raises KeyError, ValueError, DocumentNotFound."""
    return await _change(runtime, need(body, "entityId"), enabled=need(body, "state"))


async def remove(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Delete a group; its tests go with it, or to another group. Runs keep the group that they had.

    Raises:
        TypeError: keys missing or beyond.
        ValueError, DocumentNotFound: one of the groups does not exist; nothing is changed.
        ReleaseManagerException: the tests would go to the group that is deleted.
    """
    wanted = record(DeleteGroup, body)
    group = await runtime.store.get(ArgusGroup, id=uuid_of(wanted.group_id))
    if wanted.delete_tests:
        await delete_entries(runtime, ArgusTest, group_id=group.id)
    else:
        heir = await _hand_over(runtime, group, wanted.new_group_id)
        await invalidate_release(runtime, heir.release_id)
    await runtime.store.write(delete(ArgusGroup).where(id=group.id))
    await invalidate_release(runtime, group.release_id)


async def _hand_over(runtime: Runtime, group: ArgusGroup, new_group_id: str) -> ArgusGroup:
    """Give a group's tests to another one, and to its release."""
    heir = await runtime.store.get(ArgusGroup, "id", "release_id", id=uuid_of(new_group_id))
    if heir.id == group.id:
        raise ReleaseManagerException("Cannot move tests to the group that is being deleted", str(group.id))
    tests = await runtime.store.all(select(ArgusTest).where(group_id=group.id))
    place = {"group_id": heir.id, "release_id": heir.release_id or group.release_id}
    await asyncio.gather(*(runtime.store.write(update(ArgusTest, id=test.id).set(**place).if_exists()) for test in tests))
    await asyncio.gather(*(take_along(runtime.store, test.changed(**place)) for test in tests))
    return heir


async def _change(runtime: Runtime, group_id: str, **values: Any) -> ArgusGroup:
    group = await runtime.store.get(ArgusGroup, id=uuid_of(group_id))
    await runtime.store.write(update(ArgusGroup, id=group.id).set(**values).if_exists())
    await invalidate_release(runtime, group.release_id)
    return group.changed(**values)
