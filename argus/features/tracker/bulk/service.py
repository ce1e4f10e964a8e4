"""One decision about many runs: status, investigation, assignee, issue and comment, told row by row (docs/triage.md#many-runs-at-once).

A row that fails leaves the others alone. What one row changes in the run's own row and its entries in the activity log is one group of
writes; issue and comment are linked and written as the single routes do it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from argus.domain import notify
from argus.domain.runs import edit
from argus.domain.snapshots import invalidate_release
from argus.features.tracker.bulk.wishes import Change, Target
from argus.features.tracker.comments import service as comments
from argus.features.tracker.issues import service as issues
from argus.features.tracker.runs import entries
from argus.features.tracker.runs.triage import test_and_run
from argus.kit.errors import name_of, new_trace_id
from argus.lanes.failure import is_ours
from argus.models.activity import ArgusEvent
from argus.models.catalogue import ArgusTest
from argus.models.issue import IssueLink
from argus.models.run import RunBase
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import batch, insert, select

log = logging.getLogger("argus.bulk")

AT_ONCE = 8  # rows that are worked on together


@dataclass(slots=True)
class Row:
    """What became of one run: the columns and things that changed, what was refused and why, and what takes it back."""

    target: Target
    done: dict[str, Any] = field(default_factory=dict)
    refused: list[dict[str, str]] = field(default_factory=list)
    undo: dict[str, Any] = field(default_factory=dict)
    release_id: UUID | None = None

    def shown(self) -> dict[str, Any]:
        told = {"test_id": self.target.test_id, "run_id": self.target.run_id, "done": self.done, "refused": self.refused}
        return {**told, "undo": self.undo}

    async def attempt(self, what: str, task: Awaitable[None]) -> None:
        """Do one part; a failure is noted and leaves the other parts alone."""
        try:
            await task
        except Exception as error:  # whatever it is, it is told with the row
            trace_id = new_trace_id()
            message = str(error)
            if is_ours(error):
                log.exception("bulk change of run %s, %s: trace %s", self.target.run_id, what, trace_id)
                message = f"That failed here, not by your request. The log has it under {trace_id}."
            self.refused.append({"what": what, "exception": name_of(error), "message": message, "trace_id": trace_id})


async def triage(runtime: Runtime, user: User, body: Any) -> dict[str, Any]:
    """Make one change to up to 100 runs.

    Args:
        body: `{"runs": [{"test_id", "run_id"}], "change": {…}}`, see `wishes`.

    Returns:
        `{"rows": [{"test_id", "run_id", "done", "refused", "undo"}]}` in the order of the request, each run once.

    Raises:
        DataValidationError: what is asked for makes no sense as a whole; nothing is changed then.
        ValueError, KeyError: a malformed id or status.
        DocumentNotFound: nobody has the assignee's id.
    """
    targets, change = Target.all_of(body), await Change.of(runtime, body)
    rows = [Row(target) for target in targets]
    return await each(runtime, rows, lambda row: _decide(runtime, user, row, change))


async def each(runtime: Runtime, rows: list[Row], task: Callable[[Row], Awaitable[None]]) -> dict[str, Any]:
    """Work on all rows, some at a time, and drop the statistics that they make old, once a release."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: Row) -> None:
        async with gate:
            await row.attempt("run", task(row))

    if rows:
        await one(rows[0])  # alone: an issue that is new here is fetched once, and the others find it
    await asyncio.gather(*(one(row) for row in rows[1:]))
    for release_id in dict.fromkeys(row.release_id for row in rows):
        await invalidate_release(runtime, release_id)
    return {"rows": [row.shown() for row in rows]}


async def _decide(runtime: Runtime, user: User, row: Row, change: Change) -> None:
    target = row.target
    test, run = await test_and_run(runtime, target.test_id, target.run_id)
    row.release_id = test.release_id
    if change.in_row:
        await row.attempt("run", _write(runtime, user, row, change, test, run))
    if change.issue_url is not None:
        await row.attempt("issue", _link(runtime, user, row, change.issue_url))
    if change.comment is not None:
        await row.attempt("comment", _comment(runtime, user, row, change.comment))


async def _write(runtime: Runtime, user: User, row: Row, change: Change, test: ArgusTest, run: RunBase) -> None:
    wanted = {column: value for column, value in change.columns().items() if getattr(run, column) != value}
    if not wanted:
        return
    written = await log_entries(runtime, user, change, test, run, wanted)
    others = {column: value for column, value in wanted.items() if column != "status"}
    if "status" in wanted:  # under a condition, as clients and the single route write it, so that they have one order
        await runtime.store.write(edit(run).set(status=wanted["status"]).if_exists())
    changes = [edit(run).set(**others)] if others else []
    await runtime.store.write(batch(*changes, *map(insert, written)))
    row.done |= wanted
    row.undo |= {column: {"was": getattr(run, column), "now": value} for column, value in wanted.items()}
    if change.assignee and "assignee" in wanted and change.assignee.id != user.id:
        await notify.run_assigned(runtime, user, change.assignee.id, run)


async def log_entries(
    runtime: Runtime, user: User, change: Change, test: ArgusTest, run: RunBase, wanted: Mapping[str, Any]
) -> list[ArgusEvent]:
    """An entry of the activity log for each column that changes."""
    written: list[ArgusEvent] = []
    if "status" in wanted and change.status:
        written.append(entries.status_set(user, test, run, change.status))
    if "investigation_status" in wanted and change.investigation_status:
        written.append(entries.investigation_set(user, test, run, change.investigation_status))
    if "assignee" in wanted:
        old = await runtime.store.find(User, "username", id=run.assignee) if run.assignee else None
        written.append(entries.assignee_set(user, test, run, old, change.assignee))
    return written


async def _link(runtime: Runtime, user: User, row: Row, url: str) -> None:
    known = await runtime.store.all(select(IssueLink, "issue_id").where(run_id=row.target.run_id))  # tens at most: people link them
    issue = await issues.link(runtime, user, str(row.target.test_id), str(row.target.run_id), {"issue_url": url})
    row.done["issue_id"] = issue.id
    if issue.id not in {link.issue_id for link in known}:  # one that was there stays when this is taken back
        row.undo["issue_id"] = issue.id


async def _comment(runtime: Runtime, user: User, row: Row, text: str) -> None:
    body = {"message": text, "reactions": {}, "mentions": []}
    written = await comments.add(runtime, user, str(row.target.test_id), str(row.target.run_id), body)
    row.done["comment_id"] = row.undo["comment_id"] = written.id
