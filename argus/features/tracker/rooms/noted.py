"""Highlights and action items of the views of a release (docs/contract/views.md#highlights-and-action-items)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from argus.features.tracker.highlights.service import shown
from argus.kit.clock import EPOCH
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusGroup, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.view import ArgusUserView
from argus.models.widget import WidgetHighlights
from argus.runtime import Runtime
from argus.storage.statements import select

FRESH = 10.0  # seconds; a new view shows after so many at the latest
MOST_VIEWS = 20  # of a release, by name
MOST_LISTS = 5  # of a view
MOST_READ = 100  # entries of a list, the newest
HIGHLIGHTS = 15
ACTION_ITEMS = 30
ENOUGH = 20  # tests of a view without releases, groups and plan that tell of which releases it is


@dataclass(frozen=True, slots=True)
class Noting:
    """A view with lists of highlights: of which releases it is, and the numbers of the lists."""

    id: UUID
    name: str
    title: str
    releases: frozenset[UUID]
    lists: tuple[int, ...]


@dataclass(slots=True)
class Views:
    """A worker's copy of the views that have highlights: no index leads from a release to its views."""

    noting: list[Noting] = field(default_factory=list)
    read_at: float = -1e9
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, runtime: Runtime, release_id: UUID) -> list[Noting]:
        """The first views of a release by title; of those who ask at once one reads them all."""
        async with self.turn:
            if time.monotonic() - self.read_at > FRESH:
                begun = time.monotonic()
                self.noting = await _read(runtime)
                self.read_at = begun
        return sorted((view for view in self.noting if release_id in view.releases), key=lambda view: view.title)[:MOST_VIEWS]


async def noted(runtime: Runtime, release_id: UUID) -> dict[str, Any]:
    """What the views of a release say: `views`, `highlights` and `action_items`, archived ones left out, the newest first.

    Open action items come before those that are done; `done` says how many these are.
    """
    views = await runtime.own(Views).of(runtime, release_id)
    places = [(view, number) for view in views for number in view.lists]
    found = await asyncio.gather(*(_entries(runtime, view.id, number) for view, number in places))
    rows = [(row, view) for (view, _), part in zip(places, found, strict=True) for row in part]
    rows.sort(key=lambda pair: pair[0].created_at, reverse=True)
    highlights = [pair for pair in rows if pair[0].completed is None]
    tasks = sorted((pair for pair in rows if pair[0].completed is not None), key=lambda pair: bool(pair[0].completed))
    return {
        "views": [{"id": view.id, "name": view.name, "title": view.title} for view in views],
        "highlights": {"count": len(highlights), "items": _told(highlights[:HIGHLIGHTS])},
        "action_items": {
            "count": len(tasks),
            "done": sum(bool(row.completed) for row, _ in tasks),
            "items": _told(tasks[:ACTION_ITEMS]),
        },
    }


def _told(rows: Iterable[tuple[WidgetHighlights, Noting]]) -> list[dict[str, Any]]:
    return [{**shown(row), "view": {"name": view.name, "title": view.title}} for row, view in rows]


async def _entries(runtime: Runtime, view_id: UUID, number: int) -> list[WidgetHighlights]:
    rows = await runtime.store.all(select(WidgetHighlights).where(view_id=view_id, index=number).limit(MOST_READ))
    return [row for row in rows if (row.archived_at or EPOCH) == EPOCH]


async def _read(runtime: Runtime) -> list[Noting]:
    columns = ("id", "name", "display_name", "release_ids", "group_ids", "plan_id", "widget_settings")
    found = await runtime.store.all(select(ArgusUserView, *columns))

    def with_lists() -> list[tuple[ArgusUserView, tuple[int, ...]]]:
        told = ((view, _lists(view.widget_settings)) for view in found)
        return [(view, lists) for view, lists in told if lists]

    noting = await runtime.blocking(ANSWERS, with_lists)
    views = [view for view, _ in noting]
    single = [view.id for view in views if not (view.release_ids or view.group_ids or view.plan_id)]
    tests = {row.id: row.tests[:ENOUGH] for row in await runtime.store.all_in(select(ArgusUserView, "id", "tests"), "id", single)}
    homes = await _homes(runtime, views, tests.values())
    made = []
    for view, lists in noting:
        members = (*view.group_ids, *tests.get(view.id, ()), *([view.plan_id] if view.plan_id else []))
        releases = frozenset((*view.release_ids, *(homes[member] for member in members if member in homes)))
        made.append(Noting(view.id, view.name or "", view.display_name or view.name or "", releases, lists))
    return made


async def _homes(runtime: Runtime, views: Sequence[ArgusUserView], tests: Iterable[Sequence[UUID]]) -> dict[UUID, UUID]:
    """The releases of groups, plans and tests, by their ids."""
    groups = [group for view in views for group in view.group_ids]
    plans = [view.plan_id for view in views if view.plan_id]
    found = await asyncio.gather(
        runtime.store.all_in(select(ArgusGroup, "id", "release_id"), "id", groups),
        runtime.store.all_in(select(ArgusReleasePlan, "id", "release_id"), "id", plans),
        runtime.store.all_in(select(ArgusTest, "id", "release_id"), "id", [test for part in tests for test in part]),
    )
    return {row.id: row.release_id for part in found for row in part if row.release_id}


def _lists(settings: str | None) -> tuple[int, ...]:
    """The numbers of a view's lists of highlights. Any text may be stored as settings; what is no list of widgets has none."""
    if not settings or "highlights" not in settings:
        return ()
    try:
        widgets = json.loads(settings)
    except ValueError:
        return ()
    numbers: dict[int, None] = {}
    for widget in widgets if isinstance(widgets, list) else ():
        if isinstance(widget, dict) and widget.get("type") == "highlights":
            own = widget.get("settings")
            number = own.get("index", 0) if isinstance(own, dict) else 0
            if str(number).isascii() and str(number).isdigit() and len(str(number)) < 10:
                numbers[int(number)] = None
    return tuple(numbers)[:MOST_LISTS]
