"""Which tests a user view holds now (docs/contract/data-model.md#membership-of-a-view)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from argus.domain.exclusive import exclusive
from argus.kit.clock import now
from argus.kit.errors import UserViewException
from argus.models.catalogue import ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.view import ArgusUserView
from argus.storage.statements import eq, select, update
from argus.storage.store import Store

FRESH = timedelta(hours=1)


async def add_view(store: Store, view: ArgusUserView) -> None:
    """Store a new view.

    Raises:
        UserViewException: its name is taken.
    """
    async with exclusive(store, "view name", str(view.name)):
        taken = await store.first(select(ArgusUserView).where(eq("name", view.name)))
        if taken is not None:
            raise UserViewException(f"View with name {view.name} already exists: {taken.id}", view.name, taken, taken.id)
        await store.create(view)


async def refreshed(store: Store, view: ArgusUserView) -> ArgusUserView:
    """The view with its tests up to date: unchanged when it was refreshed within the hour or its plan is gone."""
    if view.last_updated is not None and view.last_updated >= now() - FRESH:
        return view
    return await refresh(store, view)


async def refresh(store: Store, view: ArgusUserView) -> ArgusUserView:
    """Resolve a view's tests from its plan, groups and releases, and write them, unless somebody changes the view meanwhile."""
    groups, tests = view.group_ids, view.tests
    if view.plan_id is not None:
        plan = await store.find(ArgusReleasePlan, id=view.plan_id)
        if plan is None:
            return view
        groups, tests = plan.groups, plan.tests
    found = await resolve_tests(store, tests, groups, view.release_ids)
    changes = {"tests": found, "group_ids": groups, "last_updated": now()}
    resolved = update(ArgusUserView, id=view.id).set(**changes).only_if(last_updated=view.last_updated, plan_id=view.plan_id)
    if (await store.write(resolved)).applied:
        return view.changed(**changes)
    return await store.find(ArgusUserView, id=view.id) or view


async def expand(store: Store, items: Iterable[tuple[str, UUID]]) -> list[UUID]:
    """Ids of the tests that items stand for, in the items' order; a test that is named twice comes twice, until the view is refreshed.

    Args:
        items: `test`, `group` or `release`, and an id. Tests are not looked up.
    """

    async def tests_in(kind: str, entity: UUID) -> list[UUID]:
        if kind == "test":
            return [entity]
        return [test.id for test in await store.all(select(ArgusTest, "id").where(**{f"{kind}_id": entity}))]

    parts = await asyncio.gather(*(tests_in(kind, entity) for kind, entity in items))
    return [test for part in parts for test in part]


async def resolve_tests(store: Store, tests: list[UUID], groups: list[UUID], releases: list[UUID]) -> list[UUID]:
    """Ids of the tests that still exist, and of all tests in these groups and releases; each once.

    Groups and releases are read by index, one partition each and together; the reference scans the table.
    """
    parts = await asyncio.gather(
        store.all_in(select(ArgusTest, "id"), "id", tests),
        *(store.all(select(ArgusTest, "id").where(eq("group_id", group))) for group in groups),
        *(store.all(select(ArgusTest, "id").where(eq("release_id", release))) for release in releases),
    )
    return list(dict.fromkeys(test.id for part in parts for test in part))
