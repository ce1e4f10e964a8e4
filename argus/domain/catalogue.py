"""Entries of the catalogue, with what must hold for them: release names and build ids are unique, runs follow their test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from argus.domain.exclusive import exclusive
from argus.kit.errors import ArgusTestException
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.issue import IssueLink
from argus.models.run import RunBase
from argus.runtime import Runtime
from argus.storage.statements import select, update
from argus.storage.store import PAGE, Store

RELOCATED = ("scylla-cluster-tests",)
"""Run types whose runs follow their test; those of the others keep the place that they were submitted to.

Contract: docs/contract/core.md#changing-the-catalogue.
"""


def display_name(entry: ArgusRelease | ArgusGroup | ArgusTest) -> str | None:
    """What people call it: `pretty_name`, or `name` where there is none."""
    return entry.pretty_name or entry.name


async def add_release(store: Store, release: ArgusRelease) -> bool:
    """Store a new release, unless its name is taken."""
    async with exclusive(store, "release name", str(release.name)):
        if await store.first(select(ArgusRelease, "id").where(name=release.name)) is not None:
            return False
        return await store.create(release)


async def add_test(store: Store, test: ArgusTest) -> None:
    """Store a new test. Many tests may have no build id; one that is given belongs to one test.

    Raises:
        ArgusTestException: the build id is used.
    """
    async with build_id_of(store, test.id, test.build_system_id):
        await store.create(test)


@asynccontextmanager
async def build_id_of(store: Store, test_id: UUID, build_id: str | None) -> AsyncIterator[None]:
    """Hold a build id for a test while it is written.

    Raises:
        ArgusTestException: another test uses it.
    """
    if build_id is None:
        yield
        return
    async with exclusive(store, "build id", build_id):
        found = await store.all(select(ArgusTest, "id").where(build_system_id=build_id).limit(2))
        for other in found:
            if other.id != test_id:
                raise ArgusTestException("Build Id is already used by another test", str(other.id), str(test_id))
        yield


async def relocate_runs(runtime: Runtime, test: ArgusTest) -> None:
    """Give the runs of a test's job the ids of the test, its group and its release, however long ago they were submitted."""
    if test.build_system_id is None:
        return
    place = {"test_id": test.id, "group_id": test.group_id, "release_id": test.release_id}
    for name in RELOCATED:
        plugin = runtime.plugins.get(name)
        if plugin is not None:
            await _relocate(runtime.store, plugin.model, test.build_system_id, place)


async def take_along(store: Store, test: ArgusTest) -> None:
    """Give what people wrote on a test's runs the release that the test has now: its statistics look for it there."""
    links, comments = await asyncio.gather(
        store.all(select(IssueLink, "run_id", "issue_id", "release_id").where(test_id=test.id)),
        store.all(select(ArgusTestRunComment, "id", "posted_at", "release_id").where(test_id=test.id)),
    )
    written: list[IssueLink | ArgusTestRunComment] = [*links, *comments]
    moved = [row for row in written if row.release_id != test.release_id]
    place = {"release_id": test.release_id}
    await asyncio.gather(*(store.write(update(type(row), **row.primary_key_values()).set(**place).if_exists()) for row in moved))


async def _relocate(store: Store, model: type[RunBase], build_id: str, place: dict[str, UUID | None]) -> None:
    runs = select(model, "build_id", "start_time", "id", *place).where(build_id=build_id)
    token: bytes | None = None
    while True:
        page = await store.page(runs, PAGE, token)
        moved = [run for run in page.rows if any(getattr(run, column) != value for column, value in place.items())]
        await asyncio.gather(*(store.write(update(model, **run.primary_key_values()).set(**place)) for run in moved))
        token = page.next
        if token is None:
            return
