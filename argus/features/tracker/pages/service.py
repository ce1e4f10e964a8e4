"""What each HTML page shows (docs/contract/pages.md). Data that its script fetches by itself is not here."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from argus.auth.session import Session
from argus.domain.runs import find_typed
from argus.domain.views import refreshed
from argus.features.tracker.runs.reading import find_build
from argus.kit.answer import Answer, redirect
from argus.kit.errors import PageError, PageNotFound
from argus.kit.parse import uuid_of
from argus.kit.pools import FILES
from argus.lanes.page import Page
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunBase
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound, WrongValue
from argus.storage.statements import eq, select

EPOCH = datetime(1970, 1, 1)
DEFAULT_TAB = "details"


def home(session: Session) -> Answer:
    """On to the workspace, or to the page that was asked for before the login."""
    wanted = str(session.pop("after_login", None) or "/workspace")
    return redirect(wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else "/workspace")


def workspace() -> Page:
    return Page("workspace.html.j2", "Dashboard")


def design() -> Page:
    return Page("design.html.j2", "Design")


def test_runs() -> Page:
    return Page("test_runs.html.j2", "Test Runs")


def test_run(run_id: str) -> Page:
    return Page("test_run.html.j2", "Test Run", {"test_run_id": run_id, "gTab": DEFAULT_TAB})


def test_with_runs(test_id: str, additional_runs: list[str]) -> Page:
    return Page("test_standalone.html.j2", "Test Run", {"gTestId": test_id, "additionalRuns": additional_runs})


async def run_by_plugin(runtime: Runtime, plugin_name: str, run_id: str, tab: str) -> Page:
    """The page of a run.

    Raises:
        PageNotFound: a malformed id, an unknown run type or run.
    """
    try:
        key = uuid_of(run_id)
    except ValueError:
        raise PageNotFound(f"Invalid UUID: {run_id}") from None
    plugin = runtime.plugins.get(plugin_name)
    run = await find_typed(runtime, plugin.model, key) if plugin else None
    if run is None:
        raise PageNotFound(f"Run {plugin_name}/{key} not found.")
    return _run_page(run, tab)


async def run_by_build(runtime: Runtime, build_id: str, build_number: int, tab: str) -> Page:
    """The page of a job's build.

    Raises:
        PageNotFound: no such test, run type or build.
    """
    found = await find_build(runtime, build_id, build_number)
    if found is None:
        raise PageNotFound(f"Run {build_id} #{build_number} not found.")
    return _run_page(found[1], tab)


def _run_page(run: RunBase, tab: str) -> Page:
    return Page("run.html.j2", "Test Run", {"gTestId": str(run.test_id) if run.test_id else "", "gRun": [str(run.id)], "gTab": tab})


def without_default_tab(url: str) -> Answer:
    """A run's address that names the default tab has a shorter form (docs/contract/pages.md#where-pages-lead).

    Args:
        url: the whole address as the caller sees it.
    """
    parts = urlsplit(url)
    return redirect(parts._replace(path=parts.path.removesuffix(f"/{DEFAULT_TAB}")).geturl(), 308)


async def releases(runtime: Runtime) -> Page:
    """Enabled releases by name, dormant ones last."""
    found = [r for r in await runtime.store.all(select(ArgusRelease)) if r.enabled]
    found.sort(key=lambda r: (bool(r.dormant), r.name or ""))
    return Page("releases.html.j2", "Releases", context={"releases": found})


LISTS = "argus-lists"
"""The cookie in which a frontend says that it reads no lists of a page; see `frontend/src/entries/main.ts`."""
OUR_MARK = "dist/.built"
"""A file below the public ones that `frontend/build.sh` leaves, and no other frontend brings."""


async def _release(runtime: Runtime, name: str) -> ArgusRelease:
    try:
        return await runtime.store.get(ArgusRelease, name=name)
    except DocumentNotFound as missing:
        raise PageNotFound(str(missing)) from None


async def _release_data(runtime: Runtime, name: str) -> dict[str, Any]:
    release = await _release(runtime, name)
    groups, tests = await asyncio.gather(
        runtime.store.all(select(ArgusGroup).where(release_id=release.id)),
        runtime.store.all(select(ArgusTest).where(release_id=release.id)),
    )
    return {"releaseData": {"release": release, "groups": groups, "tests": tests}}


async def release_dashboard(runtime: Runtime, name: str, lists: str | None) -> Page:
    """The dashboard of a release, for our own frontend without the lists of all its groups and tests, which that one does not read.

    Args:
        lists: what the browser's cookie `LISTS` says. `none`: our frontend was here; whether it still is, its mark tells.
    """
    if lists == "none" and await runtime.blocking(FILES, (runtime.settings.PUBLIC_DIR / OUR_MARK).exists):
        data: dict[str, Any] = {"releaseData": {"release": await _release(runtime, name)}}
    else:
        data = await _release_data(runtime, name)
    return Page("release_dashboard.html.j2", f"Release: {name}", data)


async def release_scheduler(runtime: Runtime, name: str) -> Page:
    return Page("release_scheduler.html.j2", f"Release Calendar for {name}", await _release_data(runtime, name))


async def duty_planner(runtime: Runtime, name: str) -> Page:
    return Page("release_duty.html.j2", f"Duty Planner for {name}", await _release_data(runtime, name))


async def release_planner(runtime: Runtime, name: str) -> Page:
    release = await _release(runtime, name)
    plans = await runtime.store.all(select(ArgusReleasePlan).where(release_id=release.id))
    return Page("release_planner.html.j2", f"Release Planner for {release.name}", {"releaseData": {"release": release, "plans": plans}})


async def release_room(runtime: Runtime, name: str) -> Page:
    release = await _release(runtime, name)
    return Page("release_room.html.j2", f"Release Room for {release.name}", {"releaseData": {"release": release}})


async def planner_by_id(runtime: Runtime, release_id: str) -> Answer:
    release = await runtime.store.get(ArgusRelease, id=uuid_of(release_id))
    return redirect(f"/release/{quote(release.name or '', safe='')}/planner")


async def views(runtime: Runtime) -> Page:
    """All views, newest first. Reads every view: the page lists them all."""
    found = await runtime.store.all(select(ArgusUserView))
    found.sort(key=lambda v: v.created or EPOCH, reverse=True)
    return Page("views.html.j2", "Views", {"ARGUS_VIEWS": found})


async def view_dashboard(runtime: Runtime, name: str) -> Page:
    view = await runtime.store.find(ArgusUserView, name=name)
    if view is None:
        raise PageError("/views", f'View "{name}" does not exist')
    view = await refreshed(runtime.store, view)
    data = {**view.__dict__, "widget_settings": _widgets(view.widget_settings)}
    return Page("view.html.j2", view.display_name or view.name or "", {"ARGUS_VIEW_DATA": data})


def _widgets(settings: str | None) -> list[Any]:
    """The widgets of a view. Any text may be stored there; what is no list of them is a view without."""
    try:
        found = json.loads(settings or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


async def plan_dashboard(runtime: Runtime, plan_id: str) -> Page:
    """A plan by id or by its readable key. Plans are few; the key has no index (docs/contract/data-model.md#plans-by-key)."""
    plan = None
    with suppress(ValueError, WrongValue):  # then it is a key
        plan = await runtime.store.find(ArgusReleasePlan, id=uuid_of(plan_id))
    if plan is None:
        plan = await runtime.store.first(select(ArgusReleasePlan).where(eq("key", plan_id)).allow_filtering())
    if plan is None:
        raise PageNotFound(f"Plan {plan_id} not found.")
    return Page("plan.html.j2", plan.name or "", {"ARGUS_PLAN_DATA": _stringified(plan)})


def _stringified(plan: ArgusReleasePlan) -> dict[str, Any]:
    return {**plan.__dict__, "assignee_mapping": {str(k): v for k, v in plan.assignee_mapping.items()}}


def alert_debug(session: Session, category: str, message: str) -> Page:
    session.flash(message, category)
    return Page("alert_debug.html.j2", "Alert Tester")


def error(kind: str) -> Page:
    return Page("error.html.j2", f"{kind} Error", context={"error_type": kind})


def admin(section: str) -> Page:
    return Page("admin.html.j2", "Admin Area - %ROUTE", {"gCurrentRoute": section})


def profile_jobs() -> Page:
    return Page("profile_jobs.html.j2", "My Jobs")


def profile_schedules() -> Page:
    return Page("profile_schedules.html.j2", "My Schedule", {"globalSchedules": []})


def notifications() -> Page:
    return Page("notifications.html.j2", "Notifications")


def teams() -> Page:
    return Page("teams.html.j2", "Teams")
