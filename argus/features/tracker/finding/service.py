"""One search over everything that has a name, and over runs (docs/triage.md#search)."""

from __future__ import annotations

from typing import Any

from argus.features.tracker.finding import runs
from argus.features.tracker.finding.catalogue import KINDS, Catalogue, Entry
from argus.features.tracker.finding.words import Query
from argus.kit.errors import DataValidationError
from argus.kit.parse import number_between
from argus.kit.pools import ANSWERS
from argus.models.user import User
from argus.runtime import Runtime

PAGE = 20  # hits
MOST = 100
FURTHEST = 10_000  # hits or tests that are passed over: nobody pages so far


async def search(runtime: Runtime, user: User, typed: str | None, limit: str | None, after: str | None) -> dict[str, Any]:
    """A page of hits.

    Args:
        typed: words, `#build`, the beginning of an id, facets.
        limit: 1 to 100 hits, 20 when not given.
        after: `next` of the page before.

    Returns:
        `{"hits", "next"}`; `next` is None on the last page. A page of a query about runs may hold fewer hits than asked for, even none,
        and still have a next one: each looks at the runs of so many tests and no more.

    Raises:
        DataValidationError: a facet, `limit` or `after` makes no sense.
    """
    query = Query.of(typed or "")
    size, start = number_between(1, MOST, limit, PAGE, "limit"), number_between(0, FURTHEST, after, 0, "after")
    if query.kind is not None and query.kind not in (*KINDS, "run"):
        raise DataValidationError(f"type: takes one of {', '.join((*KINDS, 'run'))}", query.kind[:40])
    if query.empty:
        return {"hits": [], "next": None}
    known = await runtime.own(Catalogue).current(runtime)
    kind = "test" if query.about_runs or query.number is not None else query.kind
    found = await runtime.blocking(ANSWERS, known.matching, query.words, kind)
    if query.about_runs:
        assignee = user.id if query.assignee == "me" else known.people.get(query.assignee or "")
        part = found[start : start + runs.TESTS_AT_ONCE]
        hits = await runs.of_facets(runtime, query, part, assignee)
        return {"hits": hits[:MOST], "next": _next(start, runs.TESTS_AT_ONCE, len(found))}
    first = await _runs(runtime, query, found, size) if start == 0 and query.kind in (None, "run") else []
    if query.number is not None:
        return {"hits": first, "next": None}
    return {"hits": [*first, *map(_shown, found[start : start + size])], "next": _next(start, size, len(found))}


async def _runs(runtime: Runtime, query: Query, tests: list[Entry], most: int) -> list[dict[str, Any]]:
    if query.number is not None:
        return await runs.of_number(runtime, query, query.number, tests, most)
    return await runs.by_beginning(runtime, query.id_digits, most) if query.id_digits else []


def _shown(entry: Entry) -> dict[str, Any]:
    return {"kind": entry.kind, "id": entry.id, "title": entry.title, "context": entry.context, "address": entry.address}


def _next(start: int, size: int, total: int) -> str | None:
    return str(start + size) if start + size < min(total, FURTHEST) else None
