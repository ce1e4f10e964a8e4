"""Creating, changing and deleting plans. Each drops the stored statistics of the plan's release.

Contract: docs/contract/planning.md#creating-and-changing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from argus.domain.snapshots import invalidate_release
from argus.domain.swap import swap
from argus.features.tracker.planning.payloads import (
    CreatePlanPayload,
    PlanDiffPayload,
    moment,
    optional_uuid,
    options_of,
    options_text,
    plain,
    uuid_map,
    uuids,
)
from argus.features.tracker.planning.plan_views import attachable, create_view, detach, drop, show_plan
from argus.features.tracker.planning.plans import check_name, naming, next_key, plan_of
from argus.kit.clock import now
from argus.kit.parse import flag_of, need, record, uuid_of
from argus.models.catalogue import ArgusRelease
from argus.models.plan import ArgusReleasePlan
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import Update, delete, update
from argus.storage.store import Store

GUARDED = ("tests", "groups", "participants", "assignee_mapping", "options")
"""What a change is worked out from: if somebody else changes one of them meanwhile, it is worked out anew."""


async def create(runtime: Runtime, user: User, body: Mapping[str, Any]) -> ArgusReleasePlan:
    """Create a plan with its view, or for a view that there is.

    Raises:
        TypeError, ValueError: keys missing or beyond, malformed ids.
        PlannerServiceException: name and version are taken, or the view shows another plan.
        UserViewException: the name of the new view is taken.
        DocumentNotFound: no such release or view.
    """
    payload = record(CreatePlanPayload, body)
    plan = ArgusReleasePlan(
        owner=uuid_of(payload.owner),
        participants=uuids(payload.participants),
        assignee_mapping=uuid_map(payload.assignments),
        release_id=uuid_of(payload.release_id),
        tests=uuids(payload.tests),
        groups=uuids(payload.groups),
        view_id=optional_uuid(payload.view_id),
        created_from=optional_uuid(payload.created_from),
        options=options_text(payload.options),
    ).changed(**plain(payload))
    return await add_plan(runtime, user, plan, payload)


async def add_plan(runtime: Runtime, user: User, plan: ArgusReleasePlan, payload: Any) -> ArgusReleasePlan:
    """Give a new plan its key and its view, and store it. Of what cannot be done wholly nothing stays, neither plan nor view.

    Args:
        payload: the request's body, for the error about a name that is taken.

    Raises:
        as `create`.
    """
    store = runtime.store
    async with naming(store):
        await check_name(store, plan.name, plan.target_version, None, payload)
        release = await store.get(ArgusRelease, id=plan.release_id)
        plan = plan.changed(key=await next_key(store, release))
        made = plan.view_id is None
        view = await create_view(store, plan, release, user) if plan.view_id is None else await attachable(store, plan.view_id, plan.id)
        plan = plan.changed(view_id=view.id)
        try:
            await store.create(plan)
            if not made:
                await show_plan(store, view, plan)
        except BaseException:
            await store.write(delete(ArgusReleasePlan).where(id=plan.id).if_exists())
            await (drop(store, view.id) if made else detach(store, view.id, plan.id))
            raise
    await invalidate_release(runtime, plan.release_id)
    return plan


async def edit(runtime: Runtime, user: User, body: Mapping[str, Any]) -> bool:
    """Change a plan by differences, so that people who edit it together lose nothing; then let its view follow.

    Raises:
        TypeError, ValueError: keys missing or beyond, malformed values.
        DocumentNotFound: no such plan or view; nothing is changed.
        PlannerServiceException: name and version are taken, or the view shows another plan; nothing is changed.
        UserViewException: the plan has no view, and the name of a new one is taken.
    """
    payload = record(PlanDiffPayload, body)
    change = _Change(payload)
    store = runtime.store
    async with naming(store):
        plan = await plan_of(runtime, payload.id)
        scalars = change.scalars
        name, version = scalars.get("name", plan.name), scalars.get("target_version", plan.target_version)
        await check_name(store, name, version, plan.id, payload)
        wanted_view = optional_uuid(payload.view_id) or plan.view_id
        if wanted_view is not None:
            view = await attachable(store, wanted_view, plan.id)
            await _apply(store, plan, change, view, payload)
        else:
            release = await store.get(ArgusRelease, id=plan.release_id)
            view = await create_view(store, change.applied(plan), release, user)
            try:
                await _apply(store, plan, change, view, payload)
            except BaseException:
                await _drop_unused(store, view, plan.id)
                raise
        if plan.view_id is not None and plan.view_id != view.id:
            await detach(store, plan.view_id, plan.id)
        after = await store.find(ArgusReleasePlan, id=plan.id)
        if after is not None:
            await show_plan(store, view, after)
    await invalidate_release(runtime, plan.release_id)
    return True


async def _apply(store: Store, plan: ArgusReleasePlan, change: _Change, view: ArgusUserView, payload: PlanDiffPayload) -> None:
    before = await swap(store, plan, GUARDED, lambda current: change.statement(current, view.id), anchor="release_id")
    if before is None:
        raise DocumentNotFound(f"Plan {payload.id} not found")


async def _drop_unused(store: Store, view: ArgusUserView, plan_id: UUID) -> None:
    """Take away the view that was made for an edit that failed; one that the plan has got all the same stays."""
    plan = await store.find(ArgusReleasePlan, "id", "view_id", id=plan_id)
    if plan is None or plan.view_id != view.id:
        await drop(store, view.id)


class _Change:
    """A change of a plan, to be applied to whatever it is by then."""

    def __init__(self, payload: PlanDiffPayload) -> None:
        self.scalars = plain(payload)
        if payload.owner is not None:
            self.scalars["owner"] = uuid_of(payload.owner)
        if payload.ends_at is not None:
            self.scalars["ends_at"] = moment(payload.ends_at)
        self.lists = {
            name: (uuids(getattr(payload, f"{name}_add")), set(uuids(getattr(payload, f"{name}_remove"))))
            for name in ("tests", "groups", "participants")
        }
        self.assignees, self.unassigned = uuid_map(payload.assignee_mapping_set), set(uuids(payload.assignee_mapping_remove))
        self.options, self.options_removed = payload.options_set, set(payload.options_remove)

    def applied(self, plan: ArgusReleasePlan) -> ArgusReleasePlan:
        """The plan as it will be: what it no longer holds has no assignee and no options."""
        lists = {name: _merged(getattr(plan, name), *delta) for name, delta in self.lists.items()}
        entities = {*lists["tests"], *lists["groups"]}
        mapping = {e: user for e, user in plan.assignee_mapping.items() if e not in self.unassigned} | self.assignees
        options = {e: value for e, value in options_of(plan.options).items() if e not in self.options_removed} | self.options
        return plan.changed(
            **self.scalars,
            **lists,
            assignee_mapping={entity: user for entity, user in mapping.items() if entity in entities},
            options=options_text({entity: value for entity, value in options.items() if _is_among(entity, entities)}),
        )

    def statement(self, plan: ArgusReleasePlan, view_id: UUID) -> Update:
        """The write that does it."""
        after = self.applied(plan)
        values = {name: getattr(after, name) for name in (*GUARDED, *self.scalars)}
        return update(ArgusReleasePlan, id=plan.id).set(**values, view_id=view_id, last_updated=now())


def _merged(current: list[UUID], added: Iterable[UUID], removed: set[UUID]) -> list[UUID]:
    """Removed first, so that what is both added and removed stands at the end."""
    return list(dict.fromkeys([*(item for item in current if item not in removed), *added]))


def _is_among(entity: str, entities: set[UUID]) -> bool:
    try:
        return UUID(entity) in entities
    except ValueError:
        return False


async def remove(runtime: Runtime, reference: str, delete_view: str | None) -> bool:
    """Delete a plan; its view goes too, or is its own again.

    Args:
        delete_view: a number as text, 0 keeps the view.

    Raises:
        ValueError: `delete_view` is no number.
        DocumentNotFound: no such plan.
    """
    with_view = flag_of(delete_view if delete_view is not None else 0)
    async with naming(runtime.store):  # not between an edit's look at the plan and its view
        plan = await plan_of(runtime, reference)
        if plan.view_id is not None:
            await (drop(runtime.store, plan.view_id) if with_view else detach(runtime.store, plan.view_id, plan.id))
        await runtime.store.write(delete(ArgusReleasePlan).where(id=plan.id).if_exists())
    await invalidate_release(runtime, plan.release_id)
    return True


async def set_owner(runtime: Runtime, reference: str, body: Mapping[str, Any]) -> bool:
    """Hand a plan over to another user.

    Raises:
        KeyError: `newOwner` is missing.
        ValueError, DocumentNotFound: no such plan or user.
    """
    owner = need(body, "newOwner")
    plan = await plan_of(runtime, reference)
    user = await runtime.store.get(User, "id", id=uuid_of(owner))
    await runtime.store.write(update(ArgusReleasePlan, id=plan.id).set(owner=user.id, last_updated=now()).if_exists())
    return True
