"""Planner data and comments, and the schedules that are no more (docs/contract/core.md#planner-data-and-what-is-left-of-schedules)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argus.kit.errors import foreseen
from argus.kit.parse import need, record, uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.plan import ReleasePlannerComment
from argus.runtime import Runtime
from argus.storage.statements import select

COMMENT_FIELDS = {
    "releaseId": "No release provided",
    "groupId": "No group provided",
    "testId": "No test provided",
}
SCHEDULE_FIELDS = ("releaseId", "start", "end", "tests", "groups", "assignees", "tag")


@dataclass
class ScheduleUpdate:
    release_id: str
    schedule_id: str
    assignee: str
    new_tests: list[str]
    old_tests: list[str]
    comments: dict[str, str]


async def planner_data(runtime: Runtime, release_id: str | None) -> dict[str, Any]:
    """What the planner's page shows of a release: enabled groups, enabled tests, comments.

    Tests of a disabled group are listed without its name and without comment.

    Raises:
        Exception: no release is named.
        ValueError, DocumentNotFound: no such release.
    """
    if not release_id:
        raise foreseen(Exception("Release Id not specified"))
    release = await runtime.store.get(ArgusRelease, id=uuid_of(release_id))
    groups, tests, comments = await asyncio.gather(
        runtime.store.all(select(ArgusGroup).where(release_id=release.id)),
        runtime.store.all(select(ArgusTest).where(release_id=release.id)),
        runtime.store.all(select(ReleasePlannerComment).where(release=release.id)),
    )
    shown = {group.id: group for group in groups if group.enabled}
    text = {(comment.group, comment.test): comment.comment or "" for comment in comments}
    listed: list[dict[str, Any]] = []
    by_group: defaultdict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for test in (test for test in tests if test.enabled):
        entry = dict(test.__dict__)
        listed.append(entry)
        group = shown.get(test.group_id) if test.group_id else None
        if group is not None:
            entry |= {"group_name": group.name, "pretty_group_name": group.pretty_name, "comment": text.get((group.id, test.id), "")}
            by_group[group.name].append(entry)
    return {
        "release": release,
        "groups": {str(group_id): group for group_id, group in shown.items()},
        "tests": listed,
        "tests_by_group": by_group,
    }


async def comment_of(runtime: Runtime, test_id: str | None) -> str:
    """The planner's comment on a test, empty when there is none.

    Raises:
        Exception: no test is named.
        ValueError: its id is malformed.
    """
    if not test_id:
        raise foreseen(Exception("TestId was not specified"))
    test = await runtime.store.find(ArgusTest, "id", "group_id", "release_id", id=uuid_of(test_id))
    if test is None or test.group_id is None or test.release_id is None:
        return ""
    place = {"release": test.release_id, "group": test.group_id, "test": test.id}
    found = await runtime.store.find(ReleasePlannerComment, **place)
    return (found.comment or "") if found else ""


async def set_comment(runtime: Runtime, body: Mapping[str, Any]) -> dict[str, Any]:
    """Store the planner's comment on a test; entities are not looked up.

    Raises:
        Exception: which of the fields is missing.
        ValueError: a malformed id.
    """
    for field, problem in COMMENT_FIELDS.items():
        if not body.get(field):
            raise foreseen(Exception(problem))
    comment = body.get("newComment")
    if comment is None:
        raise foreseen(Exception("No comment provided in the body of request"))
    release, group, test = (uuid_of(body[field]) for field in COMMENT_FIELDS)
    await runtime.store.save(ReleasePlannerComment(release=release, group=group, test=test).changed(comment=comment))
    return {**{field: body[field] for field in COMMENT_FIELDS}, "newComment": comment}


def schedules(release_id: str | None) -> dict[str, list[Any]]:
    """There are no schedules any more.

    Raises:
        Exception: no release is named.
    """
    if not release_id:
        raise foreseen(Exception("No releaseId provided"))
    return {"schedules": []}


def check_submission(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check a schedule as it used to be submitted.

    Raises:
        KeyError: the first field that is missing.
    """
    for field in SCHEDULE_FIELDS:
        need(body, field)
    return {}


def check_update(body: Mapping[str, Any]) -> bool:
    """Check the change of a schedule as it used to be submitted.

    Raises:
        TypeError: keys missing or beyond.
    """
    record(ScheduleUpdate, body)
    return True
