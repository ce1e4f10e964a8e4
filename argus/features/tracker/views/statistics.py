"""Statistics of a view: computed anew each time (docs/contract/views.md#statistics-of-a-view)."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

from argus.features.tracker.stats.reading import Filter, plans_of, related_to, runs_of
from argus.features.tracker.stats.tally import tally
from argus.features.tracker.views.service import tests_of
from argus.kit.answer import JSON, Answer
from argus.kit.errors import ViewApiException
from argus.kit.json import encode_ok
from argus.kit.parse import flag_of, int_of, uuid_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.enums import TestInvestigationStatus, TestStatus
from argus.models.plan import ArgusReleasePlan
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.statements import select

NOTHING = {i.value: {s.value: 0 for s in TestStatus} for i in TestInvestigationStatus}


async def view_statistics(
    runtime: Runtime,
    view_id: str | None,
    limited: str | None,
    force: str | None,
    no_version: str | None,
    version: str | None,
    image: str | None,
    widget: str | None,
) -> Answer:
    """The statistics of a view's tests, ready encoded.

    Args:
        limited: `1`: statuses only. `force`: `1`: issues, comments and runs all the same.
        no_version: `0`: runs without a version do not count.
        widget: a widget's position: only the tests that its filter keeps.

    Raises:
        ViewApiException: no id.
        ValueError: a malformed id or flag.
        DocumentNotFound: no such view.
    """
    if not view_id:
        raise ViewApiException("No view id provided.")
    key = uuid_of(view_id)
    short, forced = (flag_of(0 if flag is None else flag) for flag in (limited, force))
    wanted = Filter(version or None, image or None, flag_of(1 if no_version is None else no_version))
    position = int_of(widget) if widget else None
    view = await runtime.store.get(ArgusUserView, id=key)
    tests = _kept(await tests_of(runtime, view), view, position)
    release_ids = list(dict.fromkeys(test.release_id for test in tests if test.release_id))
    with_runs = forced or not short
    runs, plans, related, groups, releases = await asyncio.gather(
        runs_of(runtime, tests, wanted),
        _plans(runtime, view, release_ids, wanted.version, short),
        related_to(runtime, release_ids if with_runs else []),
        runtime.store.all_in(select(ArgusGroup), "id", [test.group_id for test in tests if test.group_id]),
        runtime.store.all_in(select(ArgusRelease), "id", release_ids),
    )

    def encoded() -> bytes:
        counted = tally(groups, tests, runs, plans, related if with_runs else None)
        whose = {"release": view, "releases": {str(r.id): r for r in releases}, "disabled": False, "perpetual": False}
        return encode_ok({**NOTHING, **counted, **whose})

    return Answer(await runtime.blocking(ANSWERS, encoded), 200, JSON)  # thousands of runs would hold the loop


def _kept(tests: list[ArgusTest], view: ArgusUserView, position: int | None) -> list[ArgusTest]:
    """The tests that a widget's filter keeps; all, when there is no such widget or it has none."""
    if position is None:
        return tests
    chosen = _chosen(view.widget_settings, position)
    return [t for t in tests if {str(t.id), str(t.group_id), str(t.release_id)} & chosen] if chosen else tests


def _chosen(settings: str | None, position: int) -> set[str]:
    """The ids that a widget's filter names; none where it has no filter. People write these settings, so anything may stand in them."""
    try:
        widget = next(w for w in json.loads(settings or "[]") if w["position"] == position)
        return {entity for entity in widget.get("filter") or [] if isinstance(entity, str)}
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration):
        return set()


async def _plans(
    runtime: Runtime, view: ArgusUserView, release_ids: list[UUID], version: str | None, limited: bool
) -> list[ArgusReleasePlan]:
    if limited:
        return []
    if view.plan_id is not None:
        plan = await runtime.store.find(ArgusReleasePlan, id=view.plan_id)
        return [plan] if plan else []
    return [plan for plan in await plans_of(runtime, release_ids) if version is None or plan.target_version == version]
