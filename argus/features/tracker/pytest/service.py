"""Results of single pytest tests, one by one and in lists.

Contract: docs/contract/client.md#pytest-results; docs/contract/testrun.md#pytest-history.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from argus.domain.exclusive import exclusive
from argus.domain.moments import MILLISECOND, WINDOW, alike, keep
from argus.domain.runs import find_run
from argus.features.tracker.pytest import payload
from argus.kit.clock import milliseconds
from argus.kit.errors import DataValidationError, TestRunServiceException
from argus.kit.lenient import number_from, text_from
from argus.kit.parse import epoch_of, iso_of, need, uuid_of
from argus.models.enums import PytestStatus
from argus.models.pytest import PytestResultTable, PytestUserField
from argus.runtime import Runtime
from argus.storage.binding import check
from argus.storage.statements import Aggregate, Function, batch, ge, insert, is_in, le, select

MOST_RESULTS = 100  # whose fields are asked for at once
FUNCTIONS: dict[str, Function] = {"avg": "avg", "min": "min", "max": "max", "count": "count"}


async def submit(runtime: Runtime, body: Mapping[str, Any]) -> dict[str, Any]:
    """Store the result of one test, with release and test of its generic run when that is known.

    Of two results of one name and moment in different runs both are kept, the later one a millisecond on; within one run the later one
    replaces the earlier. The fields that the test attached are stored first: a result that is seen is seen with them. What is no text
    becomes text, as pytest's own reports write it; what cannot be kept is left out, and the answer says so.

    Returns:
        The name, and the moment under which the result is found.

    Raises:
        KeyError: a required key is missing.
        ValueError, TypeError: malformed run id or times.
    """
    name, at = need(body, "name"), milliseconds(epoch_of(need(body, "timestamp")))
    session, test_type = epoch_of(need(body, "session_timestamp")), need(body, "test_type")
    run_id, status, markers = uuid_of(need(body, "run_id")), need(body, "status"), need(body, "markers")
    fields = dict(payload.user_fields_of(body.get("user_fields")))
    run = await find_run(runtime, "generic", run_id, "release_id", "test_id")
    result = PytestResultTable.model_construct(
        name=name,
        status=status,
        id=at,
        test_type=test_type,
        run_id=run_id,
        test_id=run.test_id if run else None,
        release_id=run.release_id if run else None,
        duration=number_from(body.get("duration"), "duration"),
        message=text_from(body.get("message", "")),
        test_timestamp=at,
        session_timestamp=session,
        markers=payload.markers_of(markers),
    )
    check(PytestResultTable.__table__, result.__dict__)
    if not fields:
        kept = await _keep(runtime, result)
    else:
        # the fields' key does not hold the status: a moment belongs to one result of the name, whatever became of the others
        async with exclusive(runtime.store, "pytest fields", name):
            kept = await _keep(runtime, await _with_fields(runtime, result, fields))
    return {"name": name, "id": kept.id}


async def _keep(runtime: Runtime, result: PytestResultTable) -> PytestResultTable:
    kept, is_new = await keep(runtime.store, result, _is(result))
    if not is_new:
        await runtime.store.save(result.changed(id=kept.id))
    return kept


async def _with_fields(runtime: Runtime, result: PytestResultTable, fields: Mapping[str, str]) -> PytestResultTable:
    """The result at a moment that no other one of its name has, with its fields stored there."""
    statuses = list(dict.fromkeys([result.status, *(status.value for status in PytestStatus)]))
    at, taken, is_it = result.id, defaultdict[datetime, list[PytestResultTable]](list), _is(result)
    near = select(PytestResultTable, "name", "status", "id", "run_id", "test_timestamp").where(
        ge("id", at), le("id", at + WINDOW * MILLISECOND)
    )
    for row in await runtime.store.all(near.where(is_in("status", statuses), name=result.name)):
        taken[row.id].append(row)
    while any(row.status != result.status or not is_it(row) for row in taken[at]):
        at += MILLISECOND
    rows = [
        PytestUserField.model_construct(name=result.name, id=at, field_name=field, field_value=value) for field, value in fields.items()
    ]
    await runtime.store.write(batch(*map(insert, rows), logged=False))  # one partition
    return result.changed(id=at)


def _is(result: PytestResultTable) -> Callable[[PytestResultTable], bool]:
    return alike(result, "run_id", "test_timestamp")


async def statistics(runtime: Runtime, name: str, field: str, function: str, status: str | None, since: str | None) -> dict[str, Any]:
    """One aggregate over the history of a test.

    Args:
        field: a column of the results.
        function: `avg`, `min`, `max` or `count`.
        status: only results with this one.
        since: only results from this Unix second on; without `status`, only those with a known status.

    Raises:
        TestRunServiceException: no such column, or `since` is no integer.
        KeyError: no such function.
        InvalidRequest: the column has no such aggregate.
    """
    if field not in PytestResultTable.model_fields:
        raise TestRunServiceException(f"Invalid fixed column: {field}", field)
    aggregate = Aggregate(need(FUNCTIONS, function), field)
    wanted = select(PytestResultTable).where(name=name).aggregate(aggregate)
    if status:
        wanted = wanted.where(status=status)
    if since:
        wanted = (wanted if status else wanted.where(is_in("status", [s.value for s in PytestStatus]))).where(ge("id", _since(since)))
    values = await runtime.store.aggregate(wanted)
    return {name: {field: {function: values[aggregate.label]}}}


async def results_of_test(runtime: Runtime, name: str, before: str | None, after: str | None) -> list[PytestResultTable]:
    """The history of a test by status and time; both bounds (Unix seconds) are inclusive.

    Raises:
        ValueError: a bound is no number.
    """
    start, end = after and epoch_of(after), before and epoch_of(before)
    found = await runtime.store.all(select(PytestResultTable).where(name=name))
    return [result for result in found if (not start or result.id >= start) and (not end or result.id <= end)]


async def results_of_run(runtime: Runtime, run_id: str) -> list[PytestResultTable]:
    """Every result of a run.

    Raises:
        ValueError: malformed id.
    """
    return await runtime.store.all(select(PytestResultTable).where(run_id=uuid_of(run_id)))


async def results_of_release(runtime: Runtime, release_id: str) -> list[PytestResultTable]:
    """Every result of a release: its whole history, as the contract has it.

    Raises:
        ValueError: malformed id.
    """
    return await runtime.store.all(select(PytestResultTable).where(release_id=uuid_of(release_id)))


async def user_fields(runtime: Runtime, name: str, at: str) -> dict[str, str | None]:
    """What a test attached to one of its results.

    Args:
        at: the time of the result, ISO-8601.

    Raises:
        ValueError: it is none.
    """
    fields = await runtime.store.all(select(PytestUserField).where(name=name, id=iso_of(at)))
    return {field.field_name: field.field_value for field in fields}


async def fields_of(runtime: Runtime, body: Any) -> list[dict[str, str | None]]:
    """What tests attached to each of some results.

    Args:
        body: `{"results": [{"name", "id"}, …]}`, up to 100.

    Returns:
        In their order: fields with their values.

    Raises:
        KeyError: no results, or one without name or id.
        DataValidationError: too many results, or what is none.
        ValueError: an id is no time.
    """
    results = need(body, "results")
    if not isinstance(results, list) or len(results) > MOST_RESULTS or not all(isinstance(result, dict) for result in results):
        raise DataValidationError(f"results must be a list of at most {MOST_RESULTS} results")
    wanted = [(need(result, "name"), need(result, "id")) for result in results]
    if not all(isinstance(name, str) and name and isinstance(at, str) for name, at in wanted):
        raise DataValidationError("a result is named by two texts")
    return list(await asyncio.gather(*(user_fields(runtime, name, at) for name, at in wanted)))


def _since(text: str) -> datetime:
    try:
        return epoch_of(int(text))
    except (ValueError, OverflowError, OSError):
        raise TestRunServiceException("Malformed timestamp value") from None
