"""The pytest widget: every result that matches, counted and charted; the newest of them in full.

Contract: docs/contract/views.md#pytest-statistics. All names are looked at, as the contract has it; results are read in slices of names
and folded as they come, so that memory holds the matches of a few slices and the newest `limit` hits, whatever the history.
"""

from __future__ import annotations

import asyncio
import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from argus.kit.clock import now
from argus.kit.parse import MOST_ROWS, epoch_of, rows_of
from argus.kit.patterns import Found, TooSlow, check, searching
from argus.kit.pools import ANSWERS
from argus.models.enums import PytestStatus
from argus.models.pytest import PytestResultTable, PytestUserField
from argus.runtime import Runtime
from argus.storage.statements import ge, is_in, le, select
from argus.storage.store import SLICE

SLICES_TOGETHER = 4
DEFAULT_LIMIT = 500
LONGEST_AXIS = 400  # days
BATCH = 500  # results that are looked at before others have their turn
HIT = ("test_id", "id", "name", "run_id", "message", "session_timestamp", "status", "duration", "test_type")

Fields = dict[str, str | None]


class BadPattern(ValueError):
    """`query` is no regular expression, or one that takes too long."""

    shown_as = "error"


@dataclass(frozen=True)
class FieldFilter:
    """`field=value`, or its opposite."""

    name: str
    value: str
    negated: bool

    def passes(self, fields: Fields) -> bool:
        """A field that is missing or empty passes when it is there; of the opposite, when it is not."""
        found = fields.get(self.name)
        return (found == self.value if found else self.name in fields) != self.negated


@dataclass(frozen=True)
class Search:
    """What is looked for; an empty filter lets everything through."""

    test: str = ""
    limit: int = DEFAULT_LIMIT
    before: datetime | None = None
    after: datetime | None = None
    statuses: tuple[str, ...] = ()
    markers: frozenset[str] = frozenset()
    pattern: str | None = None  # a regular expression in small letters
    filters: tuple[FieldFilter, ...] = ()

    def fits(self, result: PytestResultTable) -> bool:
        """Whether a result passes every filter but those of its fields and of the expression."""
        if (self.after and result.id < self.after) or (self.before and result.id > self.before):
            return False
        return self.markers <= set(result.markers)


def search_of(
    test: str | None,
    limit: str | None,
    before: str | None,
    after: str | None,
    statuses: Sequence[str],
    markers: Sequence[str],
    query: str | None,
    filters: Sequence[str],
) -> Search:
    """A search from the texts of a query.

    Raises:
        ValueError: `limit` is no integer, a bound no number.
        BadPattern: `query` is no regular expression.
        IndexError: a filter without `=`.
    """
    try:
        pattern = check(query.lower()) if query else None
    except re.error as error:
        raise BadPattern(str(error)) from None
    return Search(
        test=test or "",
        limit=DEFAULT_LIMIT if limit is None else max(min(rows_of(limit), MOST_ROWS), 0),
        before=epoch_of(before) if before else None,
        after=epoch_of(after) if after else None,
        statuses=tuple(statuses),
        markers=frozenset(markers),
        pattern=pattern,
        filters=tuple(map(_filter, filters)),
    )


async def find(runtime: Runtime, search: Search) -> dict[str, Any]:
    """Everything that matches.

    Returns:
        `total`, `pieChart` and `barChart` over all matches, `hits`: the newest `limit` of them.

    Raises:
        BadPattern: the expression takes too long.
    """
    tally = Tally(search.limit)
    names = [row.name async for row in runtime.store.rows(select(PytestResultTable, "name").distinct()) if search.test in row.name]
    slices = [names[start : start + SLICE] for start in range(0, len(names), SLICE)]
    async with searching(runtime.pools, [search.pattern or ""]) as in_texts:
        for start in range(0, len(slices), SLICES_TOGETHER):
            found = await asyncio.gather(*(_matches(runtime, search, in_texts, part) for part in slices[start : start + SLICES_TOGETHER]))
            for count, (result, fields) in enumerate((match for part in found for match in part), 1):
                tally.add(result, fields)
                if not count % BATCH:
                    await asyncio.sleep(0)
    return await runtime.blocking(ANSWERS, tally.answer, search)


@dataclass
class Tally:
    """What is kept of the matches while they come: counts, days, and the newest in full."""

    limit: int
    total: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    days: dict[date, Counter[str]] = field(default_factory=dict)
    last_on: dict[date, tuple[datetime, int]] = field(default_factory=dict)  # the newest match of a day of sessions
    oldest: datetime | None = None
    _newest: list[tuple[datetime, int, dict[str, Any]]] = field(default_factory=list)  # a heap, the oldest on top

    def add(self, result: PytestResultTable, fields: Fields | None) -> None:
        """Count a match."""
        self.total += 1
        self.statuses[result.status] += 1
        place = (result.id, -self.total)  # of two at one time the first one comes first
        self.oldest = result.id if self.oldest is None else min(self.oldest, result.id)
        if result.session_timestamp is not None:
            day = result.session_timestamp.date()
            self.days.setdefault(day, Counter())[result.status] += 1
            self.last_on[day] = max(self.last_on.get(day, place), place)
        if len(self._newest) < self.limit:
            heapq.heappush(self._newest, (*place, _hit(result, fields)))
        elif self._newest and place > self._newest[0][:2]:
            heapq.heapreplace(self._newest, (*place, _hit(result, fields)))

    def hits(self) -> Iterator[dict[str, Any]]:
        """The newest matches, newest first."""
        for _, _, hit in sorted(self._newest, key=lambda entry: entry[:2], reverse=True):
            yield hit

    def answer(self, search: Search) -> dict[str, Any]:
        """What `find` returns."""
        return {"total": self.total, "hits": [*self.hits()], "pieChart": dict(self.statuses), "barChart": self.chart(search)}

    def chart(self, search: Search) -> dict[str, Any]:
        """Matches by day of their session.

        The axis has as many days, up to today, as lie between the bounds (`after` or the oldest match, `before` or today), 400 at most.
        Days beyond it come in front: first the one whose newest match is oldest.
        """
        today = now().date()
        start = search.after or self.oldest
        length = ((search.before.date() if search.before else today) - start.date()).days if start else 0
        axis = [today - timedelta(days=back) for back in range(min(length, LONGEST_AXIS))][::-1]
        beyond = sorted(self.days.keys() - set(axis), key=lambda day: self.last_on[day])
        days = [*beyond, *axis]
        nothing: Counter[str] = Counter()
        data = {status.value: [self.days.get(day, nothing)[status.value] for day in days] for status in PytestStatus}
        return {
            "labels": [day.isoformat() for day in days],
            "datasets": [{"label": status, "data": counts} for status, counts in data.items()],
        }


async def _matches(
    runtime: Runtime, search: Search, in_texts: Found, names: Sequence[str]
) -> list[tuple[PytestResultTable, Fields | None]]:
    """The matches among the results of some tests, each with its fields when the search looks at them."""
    wanted = select(PytestResultTable).where(is_in("name", names))
    if search.statuses:
        wanted = wanted.where(is_in("status", search.statuses))
        wanted = wanted.where(ge("id", search.after)) if search.after else wanted
        wanted = wanted.where(le("id", search.before)) if search.before else wanted
    found: list[PytestResultTable] = []
    batch: list[PytestResultTable] = []
    async for result in runtime.store.rows(wanted):
        if search.fits(result):
            batch.append(result)
        if len(batch) == BATCH:
            found += await _with_pattern(search, in_texts, batch)
            batch = []
    found += await _with_pattern(search, in_texts, batch)
    if not search.filters:
        return [(result, None) for result in found]
    fields = await _fields(runtime, dict.fromkeys(result.name for result in found))
    with_fields = [(result, fields.get((result.name, result.id), {})) for result in found]
    return [match for match in with_fields if all(wanted.passes(match[1]) for wanted in search.filters)]


async def _with_pattern(search: Search, in_texts: Found, results: list[PytestResultTable]) -> list[PytestResultTable]:
    """Those in which the search's expression is found; all of them when there is none."""
    if not search.pattern:
        return results
    try:
        hits = await in_texts([f"{r.name} {r.message or ''} {' '.join(r.markers)}".lower() for r in results])
    except TooSlow as error:
        raise BadPattern(str(error)) from None
    return [result for result, hit in zip(results, hits, strict=True) if hit]


async def _fields(runtime: Runtime, names: Iterable[str]) -> dict[tuple[str, datetime], Fields]:
    fields: dict[tuple[str, datetime], Fields] = {}
    for row in await runtime.store.all_in(select(PytestUserField), "name", [*names]):
        fields.setdefault((row.name, row.id), {})[row.field_name] = row.field_value
    return fields


def _hit(result: PytestResultTable, fields: Fields | None) -> dict[str, Any]:
    hit = {key: getattr(result, key) for key in HIT} | {"markers": result.markers or None}
    return hit if fields is None else hit | {"user_fields": fields}


def _filter(text: str) -> FieldFilter:
    parts = text.lstrip("!").split("=", 1)
    return FieldFilter(parts[0], parts[1], text.startswith("!"))
