"""The view that shows a plan's progress (docs/contract/planning.md#the-view-of-a-plan)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from argus.domain.views import add_view, expand, resolve_tests
from argus.kit.clock import now
from argus.kit.errors import PlannerServiceException
from argus.kit.slug import slug
from argus.models.catalogue import ArgusRelease
from argus.models.plan import ArgusReleasePlan
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.storage.statements import delete, update
from argus.storage.store import Store


async def create_view(store: Store, plan: ArgusReleasePlan, release: ArgusRelease, user: User) -> ArgusUserView:
    """Make the automatic view of a plan.

    Raises:
        UserViewException: its name is taken.
    """
    version = f" ({plan.target_version}) " if plan.target_version else ""
    title = f"{release.name} {version}- {plan.name}"
    view = ArgusUserView(
        name=slug(title),
        display_name=title,
        description=f'{plan.target_version or ""} Automatic view for the release plan "{plan.name}". {plan.description}',
        user_id=user.id,
        plan_id=plan.id,
        tests=await expand(store, [*(("test", test) for test in plan.tests), *(("group", group) for group in plan.groups)]),
        group_ids=plan.groups,
        widget_settings=json.dumps(_widgets(plan.target_version)),
    )
    await add_view(store, view)
    return view


def _widgets(version: str | None) -> list[dict[str, Any]]:
    settings = {
        "githubIssues": {"submitDisabled": True, "aggregateByIssue": True},
        "releaseStats": {"horizontal": False, "displayExtendedStats": True, "hiddenStatuses": ["not_run", "not_planned"]},
        "testDashboard": {"targetVersion": bool(version), "versionsIncludeNoVersion": False, "productVersion": version or None},
    }
    return [
        {"position": position, "type": kind, "filter": [], "settings": values}
        for position, (kind, values) in enumerate(settings.items(), 1)
    ]


async def attachable(store: Store, view_id: UUID, plan_id: UUID) -> ArgusUserView:
    """A view that may show this plan.

    Raises:
        DocumentNotFound: there is no such view.
        PlannerServiceException: it shows another plan.
    """
    view = await store.get(ArgusUserView, id=view_id)
    if view.plan_id is not None and view.plan_id != plan_id:
        raise PlannerServiceException("This view is already assigned to another plan.")
    return view


async def show_plan(store: Store, view: ArgusUserView, plan: ArgusReleasePlan) -> None:
    """Let a view show what the plan holds now. Its names and description stay."""
    tests = await resolve_tests(store, plan.tests, plan.groups, view.release_ids)
    changes = {"plan_id": plan.id, "tests": tests, "group_ids": plan.groups, "last_updated": now()}
    widgets = _with_version(view.widget_settings, plan.target_version)
    if widgets is not None:
        changes["widget_settings"] = widgets
    await store.write(update(ArgusUserView, id=view.id).set(**changes).if_exists())


def _with_version(settings: str | None, version: str | None) -> str | None:
    """The widgets with the first dashboard turned to the version; None when there is no dashboard to turn."""
    try:
        widgets = json.loads(settings or "[]")
        dashboard = next(widget for widget in widgets if widget["type"] == "testDashboard")
        dashboard["settings"] |= {"productVersion": version, "targetVersion": bool(version)}
    except (ValueError, LookupError, TypeError, StopIteration):
        return None  # any text may be stored there
    return json.dumps(widgets)


async def detach(store: Store, view_id: UUID, plan_id: UUID) -> None:
    """Let a view be its own again. One that is gone, or shows another plan by now, is no error."""
    await store.write(update(ArgusUserView, id=view_id).set(plan_id=None).only_if(plan_id=plan_id))


async def drop(store: Store, view_id: UUID) -> None:
    """Delete a plan's view. One that is gone is no error."""
    await store.write(delete(ArgusUserView).where(id=view_id))
