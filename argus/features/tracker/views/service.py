"""User views: made, read, edited, resolved (docs/contract/views.md#view-routes)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from argus.domain.catalogue import display_name
from argus.domain.exclusive import exclusive
from argus.domain.views import add_view, expand, refreshed
from argus.kit.clock import now
from argus.kit.errors import UserViewException, ViewApiException, foreseen
from argus.kit.parse import need, of_callers, text_of, uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.enums import UserRoles
from argus.models.pytest import PytestResultTable
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.run_types import Plugin
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import delete, select, update

FIXED = frozenset({"id", "user_id", "items"})
UUID_FIELDS = frozenset({"plan_id"})


async def create(runtime: Runtime, user: User, body: Mapping[str, Any]) -> ArgusUserView:
    """A new view of the caller's.

    Raises:
        KeyError, ValueError, AttributeError: the body misses a key, holds a malformed item or settings that are no text.
        UserViewException: the name is taken.
    """
    name, items, settings = need(body, "name"), need(body, "items"), need(body, "settings")
    view = ArgusUserView(user_id=user.id, widget_settings=text_of(settings), **await _members(runtime, items))
    view = view.changed(name=name, display_name=body.get("displayName") or name, description=body.get("description"))
    await add_view(runtime.store, view)
    return view


async def change(runtime: Runtime, user: User, body: Mapping[str, Any]) -> bool:
    """Replace a view's members, and any of its fields.

    Raises:
        KeyError, ValueError: the body misses a key, names no field of a view, or holds a malformed id.
        DocumentNotFound: no such view.
        UserViewException: somebody else's view, or the name is another view's.
    """
    id_text, changes = need(body, "viewId"), need(body, "updateData")
    view_id = uuid_of(id_text)
    view = await _own(runtime, user, view_id)
    wanted = dict(changes)
    items = need(wanted, "items")
    fields: dict[str, Any] = {}
    for name, value in wanted.items():
        if name in FIXED:
            continue
        if name not in ArgusUserView.model_fields:
            raise foreseen(ValueError(f'"ArgusUserView" object has no field "{name}"'))
        fields[name] = uuid_of(value) if name in UUID_FIELDS and value is not None else value
    fields |= {**await _members(runtime, items), "last_updated": now()}
    fields.pop("created", None)
    statement = update(ArgusUserView, id=view_id).set(**fields).if_exists()
    if fields.get("name", view.name) == view.name:
        await runtime.store.write(statement)
        return True
    async with exclusive(runtime.store, "view name", str(fields["name"])):
        taken = await runtime.store.first(select(ArgusUserView).where(name=fields["name"]))
        if taken is not None:
            raise UserViewException(f"View with name {taken.name} already exists: {taken.id}", taken.name, taken, taken.id)
        await runtime.store.write(statement)
    return True


async def remove(runtime: Runtime, user: User, body: Mapping[str, Any]) -> bool:
    """Delete a view; plans and highlights that belong to it stay.

    Raises:
        KeyError, ValueError: no id, or a malformed one.
        DocumentNotFound: no such view.
        UserViewException: somebody else's view.
    """
    view = await _own(runtime, user, uuid_of(need(body, "viewId")))
    await runtime.store.write(delete(ArgusUserView).where(id=view.id))
    return True


async def get(runtime: Runtime, view_id: str | None) -> ArgusUserView:
    """A view, refreshed when it is older than an hour.

    Raises:
        ViewApiException: no id.
        ValueError: a malformed id.
        UserViewException: no such view.
    """
    if not view_id:
        raise ViewApiException("No viewId provided.")
    return await refreshed(runtime.store, await _existing(runtime, view_id))


async def list_all(runtime: Runtime, user_id: str | None) -> list[ArgusUserView]:
    """All views, or those of one user. The list has no limit, as its clients expect; there are as many views as people make.

    Raises:
        ValueError: a malformed id.
        DocumentNotFound: no such user.
    """
    if not user_id:
        return await runtime.store.all(select(ArgusUserView))
    user = await runtime.store.get(User, "id", id=uuid_of(user_id))
    return await runtime.store.all(select(ArgusUserView).where(user_id=user.id))


async def versions(runtime: Runtime, view_id: str) -> list[str]:
    """Versions that the view's tests ran, descending.

    Raises:
        ValueError: a malformed id.
        UserViewException: no such view.
    """
    return await _seen(runtime, view_id, lambda plugin, jobs: plugin.view_versions(runtime, jobs))


async def images(runtime: Runtime, view_id: str) -> list[str]:
    """Database images that the view's tests ran on, descending; as `versions`."""
    return await _seen(runtime, view_id, lambda plugin, jobs: plugin.view_images(runtime, jobs))


async def _seen(runtime: Runtime, view_id: str, read: Callable[[Plugin, Sequence[str]], Awaitable[list[str]]]) -> list[str]:
    view = await _existing(runtime, view_id)
    jobs = [test.build_system_id for test in await tests_of(runtime, view) if test.build_system_id]
    found = await asyncio.gather(*(read(plugin, jobs) for plugin in runtime.plugins))
    return sorted({value for part in found for value in part}, reverse=True)


async def resolved(runtime: Runtime, view_id: str) -> dict[str, Any]:
    """A view as the editor needs it: releases and groups as wholes, then the tests that are in none of them.

    Raises:
        ValueError: a malformed id.
        DocumentNotFound: no such view.
    """
    view = await runtime.store.get(ArgusUserView, id=uuid_of(view_id))
    releases, groups, tests = await asyncio.gather(
        runtime.store.all_in(select(ArgusRelease), "id", view.release_ids),
        runtime.store.all_in(select(ArgusGroup), "id", view.group_ids),
        tests_of(runtime, view),
    )
    known = await runtime.store.all_in(select(ArgusRelease), "id", [t.release_id for t in tests if t.release_id])
    names: dict[UUID | None, str | None] = {release.id: display_name(release) for release in known}
    single = [t for t in tests if t.group_id not in view.group_ids and t.release_id not in view.release_ids]
    items = [
        *({**r.__dict__, "type": "release", "group": None, "release": None} for r in releases),
        *({**g.__dict__, "type": "group", "group": None, "release": names.get(g.release_id)} for g in groups),
        *({**t.__dict__, "type": "test", "group": None, "release": names.get(t.release_id)} for t in single),
    ]
    return {**view.__dict__, "items": items}


async def resolved_tests(runtime: Runtime, view_id: str) -> list[ArgusTest]:
    """The view's tests that exist, disabled ones included.

    Raises:
        ValueError: a malformed id.
        UserViewException: no such view.
    """
    return await tests_of(runtime, await _existing(runtime, view_id))


async def pytest_results(runtime: Runtime, view_id: str) -> list[PytestResultTable]:
    """Every pytest result of the view's generic tests. One index partition a test; the list has no limit, as its clients expect.

    Raises:
        ValueError: a malformed id.
        DocumentNotFound: no such view.
    """
    view = await runtime.store.get(ArgusUserView, id=uuid_of(view_id))
    tests = [test for test in await tests_of(runtime, view) if test.plugin_name == "generic"]
    found = await asyncio.gather(*(runtime.store.all(select(PytestResultTable).where(test_id=test.id)) for test in tests))
    return [result for part in found for result in part]


async def tests_of(runtime: Runtime, view: ArgusUserView) -> list[ArgusTest]:
    """The view's tests that exist."""
    return await runtime.store.all_in(select(ArgusTest), "id", view.tests)


async def _existing(runtime: Runtime, view_id: str) -> ArgusUserView:
    try:
        return await runtime.store.get(ArgusUserView, id=uuid_of(view_id))
    except DocumentNotFound:
        raise UserViewException(f"View {uuid_of(view_id)} does not exist") from None


async def _own(runtime: Runtime, user: User, view_id: UUID) -> ArgusUserView:
    view = await runtime.store.get(ArgusUserView, id=view_id)
    if view.user_id != user.id and UserRoles.Admin not in user.roles:
        raise UserViewException("Unable to modify other users' views")
    return view


@of_callers
def _kind_and_id(item: str) -> tuple[str, str]:
    kind, text = item.split(":")
    return kind, text


async def _members(runtime: Runtime, items: Sequence[str]) -> dict[str, list[UUID]]:
    """What `<kind>:<id>` items stand for: containers, and all their tests in the order of the items. Other kinds are passed over."""
    named: list[tuple[str, UUID]] = []
    for item in items:
        kind, text = _kind_and_id(item)
        if kind in ("release", "group", "test"):
            named.append((kind, uuid_of(text)))
    whole = {kind: [entity for other, entity in named if other == kind] for kind in ("release", "group")}
    return {"tests": await expand(runtime.store, named), "release_ids": whole["release"], "group_ids": whole["group"]}
