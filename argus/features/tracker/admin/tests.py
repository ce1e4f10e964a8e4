"""Administration of tests. Every change drops the release's stored statistics; runs follow the test of their job.

Contract: docs/contract/admin.md#tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argus.domain.catalogue import add_test, build_id_of, relocate_runs, take_along
from argus.domain.snapshots import invalidate_release
from argus.kit.errors import foreseen
from argus.kit.parse import need, record, uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import delete, select, update


@dataclass
class CreateTest:
    test_name: str
    pretty_name: str | None
    build_id: str
    build_url: str | None
    group_id: str
    release_id: str
    plugin_name: str | None


@dataclass
class UpdateTest:
    test_id: str
    name: str
    pretty_name: str | None
    plugin_name: str | None
    enabled: bool
    build_system_id: str
    build_system_url: str | None
    group_id: str


@dataclass
class MoveTests:
    new_group_id: str
    tests: list[str]


@dataclass
class DeleteTest:
    test_id: str


async def of_group(runtime: Runtime, group_id: str | None) -> list[ArgusTest]:
    """Every test of a group, disabled ones too.

    Raises:
        Exception: no group is named.
        ValueError: its id is malformed.
    """
    if not group_id:
        raise foreseen(Exception("GroupId not provided in the request"))
    return await runtime.store.all(select(ArgusTest).where(group_id=uuid_of(group_id)))


async def create(runtime: Runtime, body: Mapping[str, Any]) -> ArgusTest:
    """Create a test; cluster runs of its job become its own. Its release is that of its group, else nobody would see it.

    Raises:
        TypeError: keys missing or beyond, or a value that fits no column.
        ValueError, DocumentNotFound: no such release or group.
        ArgusTestException: the build id is used; nothing is stored.
    """
    wanted = record(CreateTest, body)
    release = await runtime.store.get(ArgusRelease, "id", id=uuid_of(wanted.release_id))
    group = await runtime.store.get(ArgusGroup, "id", "release_id", id=uuid_of(wanted.group_id))
    test = ArgusTest(release_id=group.release_id or release.id, group_id=group.id).changed(
        name=wanted.test_name,
        pretty_name=wanted.pretty_name,
        build_system_id=wanted.build_id,
        build_system_url=wanted.build_url,
        plugin_name=wanted.plugin_name,
    )
    await add_test(runtime.store, test)
    await relocate_runs(runtime, test)
    await invalidate_release(runtime, test.release_id)
    return test


async def edit(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Change a test. In a group of another release it belongs to that one.

    Raises:
        TypeError: keys missing or beyond, or a value that fits no column.
        ValueError, DocumentNotFound: no such test or group, or a malformed id.
        ArgusTestException: the build id is used by another test; nothing is stored.
    """
    wanted = record(UpdateTest, body)
    test = await runtime.store.get(ArgusTest, id=uuid_of(wanted.test_id))
    group = await runtime.store.get(ArgusGroup, "id", "release_id", id=uuid_of(wanted.group_id))
    values = {
        "name": wanted.name,
        "pretty_name": wanted.pretty_name,
        "plugin_name": wanted.plugin_name,
        "enabled": wanted.enabled,
        "build_system_id": wanted.build_system_id,
        "build_system_url": wanted.build_system_url,
        **_place(test, group),
    }
    async with build_id_of(runtime.store, test.id, wanted.build_system_id):
        await runtime.store.write(update(ArgusTest, id=test.id).set(**values).if_exists())
    await relocate_runs(runtime, test.changed(**values))
    await take_along(runtime.store, test.changed(**values))
    await _invalidate(runtime, test, group)


async def move(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Put tests into another group, and into its release. All of them, or none when one does not exist.

    Raises:
        TypeError: keys missing or beyond.
        ValueError, DocumentNotFound: no such group or test.
    """
    wanted = record(MoveTests, body)
    group = await runtime.store.get(ArgusGroup, id=uuid_of(wanted.new_group_id))
    ids = [uuid_of(test) for test in wanted.tests]
    known = {test.id: test for test in await runtime.store.all_in(select(ArgusTest), "id", ids)}
    for test_id in ids:
        if test_id not in known:
            raise DocumentNotFound(f"No ArgusTest found matching { ({'id': test_id}) }")
    await asyncio.gather(*(_move(runtime, test, group) for test in known.values()))
    await _invalidate(runtime, group, *known.values())


async def _move(runtime: Runtime, test: ArgusTest, group: ArgusGroup) -> None:
    place = _place(test, group)
    await runtime.store.write(update(ArgusTest, id=test.id).set(**place).if_exists())
    await relocate_runs(runtime, test.changed(**place))
    await take_along(runtime.store, test.changed(**place))


def _place(test: ArgusTest, group: ArgusGroup) -> dict[str, UUID | None]:
    """Where a test stands that is put into a group: the statistics of a release look for its tests in its own groups."""
    return {"group_id": group.id, "release_id": group.release_id or test.release_id}


async def _invalidate(runtime: Runtime, *entries: ArgusTest | ArgusGroup) -> None:
    for release_id in dict.fromkeys(entry.release_id for entry in entries):
        await invalidate_release(runtime, release_id)


async def toggle(runtime: Runtime, body: Mapping[str, Any]) -> ArgusTest:
    """Enable or disable a test. Raises KeyError, ValueError, DocumentNotFound."""
    test_id, state = need(body, "entityId"), need(body, "state")
    test = await runtime.store.get(ArgusTest, id=uuid_of(test_id))
    await runtime.store.write(update(ArgusTest, id=test.id).set(enabled=state).if_exists())
    await invalidate_release(runtime, test.release_id)
    return test.changed(enabled=state)


async def remove(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Delete a test. Its runs stay.

    Raises:
        TypeError: keys missing or beyond.
        ValueError, DocumentNotFound
    """
    wanted = record(DeleteTest, body)
    test = await runtime.store.get(ArgusTest, id=uuid_of(wanted.test_id))
    await runtime.store.write(delete(ArgusTest).where(id=test.id))
    await invalidate_release(runtime, test.release_id)
