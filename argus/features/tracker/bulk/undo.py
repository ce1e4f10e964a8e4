"""Taking a change of many runs back: only what still stands as that change left it (docs/triage.md#undo)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from argus.domain.runs import edit
from argus.domain.swap import swap
from argus.features.tracker.bulk.service import Row, each, log_entries
from argus.features.tracker.bulk.wishes import Change, Target, items_of
from argus.features.tracker.comments import service as comments
from argus.features.tracker.issues import service as issues
from argus.features.tracker.runs.triage import test_and_run
from argus.kit.errors import DataValidationError
from argus.kit.parse import enum_of, need, uuid_of
from argus.models.catalogue import ArgusTest
from argus.models.enums import TestInvestigationStatus, TestStatus
from argus.models.run import RunBase
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import Update, batch, insert

COLUMNS = ("status", "investigation_status", "assignee")
FIELDS = (*COLUMNS, "issue_id", "comment_id")


async def undo(runtime: Runtime, user: User, body: Any) -> dict[str, Any]:
    """Take changes back, as `triage` told how.

    Args:
        body: `{"rows": [{"test_id", "run_id", "undo"}]}`, the rows of an answer of `triage`.

    Returns:
        The rows, as `triage` answers. What somebody else has changed since is refused and stays.

    Raises:
        DataValidationError: no list of rows, too many, or a field that no answer has.
        KeyError, ValueError: an id or status is missing or malformed.
    """
    wanted = {Target.of(item): _columns(item) for item in items_of(body, "rows")}
    return await each(runtime, [Row(target) for target in wanted], lambda row: _take_back(runtime, user, row, wanted[row.target]))


Pairs = dict[str, Any]


def _columns(item: Mapping[str, Any]) -> Pairs:
    """What a row is to be set back to, parsed: columns as `(now, was)`, ids as ids."""
    told = need(item, "undo")
    if not isinstance(told, Mapping) or set(told) - set(FIELDS):
        raise DataValidationError("undo must be what the change answered")
    pairs: Pairs = {}
    for column in COLUMNS:
        if column in told:
            now, was = need(told[column], "now"), need(told[column], "was")
            pairs[column] = (_value(column, now), _value(column, was))
    return pairs | {key: uuid_of(told[key]) for key in ("issue_id", "comment_id") if key in told}


def _value(column: str, value: Any) -> Any:
    if column == "assignee":
        return None if value is None else uuid_of(value)
    kind = TestStatus if column == "status" else TestInvestigationStatus
    return enum_of(kind, value).value


async def _take_back(runtime: Runtime, user: User, row: Row, wanted: Pairs) -> None:
    target = row.target
    test, run = await test_and_run(runtime, target.test_id, target.run_id)
    row.release_id = test.release_id
    for column in COLUMNS:
        if column in wanted:
            await row.attempt(column, _set_back(runtime, user, row, test, run, column, *wanted[column]))
    if "issue_id" in wanted:
        await row.attempt("issue", _unlink(runtime, user, row, wanted["issue_id"]))
    if "comment_id" in wanted:
        await row.attempt("comment", _withdraw(runtime, user, row, wanted["comment_id"]))


async def _set_back(runtime: Runtime, user: User, row: Row, test: ArgusTest, run: RunBase, column: str, now: Any, was: Any) -> None:
    def decided(present: RunBase) -> Update | None:
        return edit(present).set(**{column: was}) if getattr(present, column) == now else None

    seen = await swap(runtime.store, run, (column,), decided)
    if seen is None or getattr(seen, column) != now:
        raise DataValidationError("Somebody has changed it since; it stays as it is")
    change = await _as_change(runtime, column, was)
    written = await log_entries(runtime, user, change, test, run.changed(**{column: now}), {column: was})
    await runtime.store.write(batch(*map(insert, written)))
    row.done[column] = was


async def _as_change(runtime: Runtime, column: str, value: Any) -> Change:
    change = Change()
    if column == "status":
        return replace(change, status=TestStatus(value))
    if column == "investigation_status":
        return replace(change, investigation_status=TestInvestigationStatus(value))
    return replace(change, assigns=True, assignee=await runtime.store.find(User, id=value) if value else None)


async def _unlink(runtime: Runtime, user: User, row: Row, issue_id: UUID) -> None:
    await issues.unlink(runtime, user, {"issue_id": str(issue_id), "run_id": str(row.target.run_id)})
    row.done["issue_id"] = None


async def _withdraw(runtime: Runtime, user: User, row: Row, comment_id: UUID) -> None:
    await comments.remove(runtime, user, str(row.target.test_id), str(row.target.run_id), str(comment_id))
    row.done["comment_id"] = None
