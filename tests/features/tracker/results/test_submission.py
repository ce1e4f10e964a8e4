"""Submitting tables: descriptions merge, best values are kept, cells are judged."""

from __future__ import annotations

import asyncio
from datetime import datetime
from math import inf, nan
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.domain.runs import edit, get_typed
from argus.features.tracker.results.best import history_of, records_of
from argus.features.tracker.results.metadata import history_after
from argus.features.tracker.results.service import results_of_test
from argus.features.tracker.results.submission import Cell, submit_results
from argus.features.tracker.results.tables import tables_of_run
from argus.kit.clock import now
from argus.kit.errors import ClientException, DataValidationError, envelope
from argus.models.results import (
    ArgusBestResultData,
    ArgusGenericResultData,
    ArgusGenericResultMetadata,
    ColumnMetadata,
    ResultSubmission,
    ValidationRules,
)
from argus.plugins.generic.plugin import PLUGIN as GENERIC
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.plugin import PLUGIN as SCT
from argus.storage.errors import InvalidRequest, UnencodableText, WrongValue
from argus.storage.statements import select
from tests.domain.opened import JOB
from tests.features.tracker.results.conftest import Lab, cell, column, rule, table

pytestmark = pytest.mark.anyio


async def described(lab: Lab, name: str = "t") -> ArgusGenericResultMetadata:
    return await lab.runtime.store.get(ArgusGenericResultMetadata, test_id=lab.test.id, name=name)


async def statuses(lab: Lab, run_id: UUID, name: str = "t") -> dict[str, str]:
    cells = await lab.runtime.store.all(select(ArgusGenericResultData).where(test_id=lab.test.id, name=name, run_id=run_id))
    return {f"{found.column}:{found.row}": str(found.status) for found in cells}


async def records(lab: Lab) -> list[tuple[str, float | None]]:
    found = await lab.runtime.store.all(select(ArgusBestResultData).where(test_id=lab.test.id, name="t"))
    return [(record.key, record.value) for record in reversed(found)]


async def ignore(lab: Lab, run_id: UUID) -> None:
    run = await get_typed(lab.runtime, SCTTestRun, run_id)
    await lab.runtime.store.write(edit(run).set(investigation_status="ignored"))


async def test_a_description_grows_with_what_is_submitted(lab: Lab) -> None:
    run = await lab.run()
    await lab.submit(run, table(columns=[column("a"), column("b")], rows=["r1", "r2"], sut_package_name="scylla-server"))
    await lab.submit(run, table(columns=[column("b"), column("c", unit="s")], rows=["r3", "r1"], description="new"))
    found = await described(lab)
    assert [c.name for c in found.columns_meta] == ["b", "c"]
    assert (found.rows_meta, found.description, found.sut_package_name) == (["r1", "r2", "r3"], "new", "scylla-server")


async def test_what_is_not_named_stays(lab: Lab) -> None:
    run = await lab.run()
    await lab.submit(run, table(columns=[column("a")], rules={"a": rule(fixed_limit=5)}))
    before = await described(lab)
    await lab.submit(run, {"meta": {"name": "t", "columns_meta": None, "rows_meta": None}, "results": []})
    assert await described(lab) == before


async def test_an_unknown_field_is_ignored_of_a_new_table_and_refused_of_a_known_one(lab: Lab) -> None:
    run = await lab.run()
    await lab.submit(run, table(flavour="sour"))
    with pytest.raises(AttributeError, match="flavour"):
        await lab.submit(run, table(flavour="sour"))


async def test_rows_of_twenty_submissions_at_once_are_all_kept(lab: Lab) -> None:
    run = await lab.run()
    bodies = [table(columns=[column("a")], rows=[f"r{i}"], cells=[cell("a", i, f"r{i}")]) for i in range(20)]
    await asyncio.gather(*(lab.submit(run, body) for body in bodies))
    assert sorted((await described(lab)).rows_meta) == sorted(f"r{i}" for i in range(20))
    assert len(await statuses(lab, run)) == 20


def test_the_history_of_rules_has_an_entry_a_change() -> None:
    first = history_after({}, {"a": {"fixed_limit": 5}, "b": {"best_pct": 1}})
    assert history_after(first, {"a": {"fixed_limit": 5.0, "best_pct": None}, "b": {"best_pct": 1}}) == first
    second = history_after(first, {"a": {"fixed_limit": 6}})
    assert [entry.fixed_limit for entry in second["a"]] == [5, 6]
    assert [entry.best_pct for entry in second["b"]] == [1, None]
    assert len(history_after(second, {"a": {"fixed_limit": 6}})["b"]) == 2  # withdrawn once


async def test_a_record_is_set_by_a_strictly_better_value_only(lab: Lab) -> None:
    run = await lab.run()
    columns = [column("up"), column("down", higher=False), column("free", higher=None)]
    for up, down in ((10, 10), (10, 10), (9, 11), (12, 8)):
        await lab.submit(run, table(columns=columns, cells=[cell("up", up), cell("down", down, status="WARNING"), cell("free", 1)]))
    assert sorted(await records(lab)) == [("down:r", 8.0), ("down:r", 10.0), ("up:r", 10.0), ("up:r", 12.0)]


async def test_of_fifty_values_at_once_every_record_is_one(lab: Lab) -> None:
    run = await lab.run()
    values = [(i * 37) % 50 for i in range(50)]
    await asyncio.gather(*(lab.submit(run, table(columns=[column("a")], cells=[cell("a", value)])) for value in values))
    found = [value for _, value in await records(lab)]
    assert found == sorted(set(found), key=lambda value: value or 0)
    assert found[-1] == 49


async def test_the_record_of_an_ignored_run_does_not_count(lab: Lab) -> None:
    good, wild, third = [await lab.run() for _ in range(3)]
    limits = {"a": rule(best_pct=10)}
    await lab.submit(good, table(columns=[column("a")], cells=[cell("a", 100)], rules=limits))
    await lab.submit(wild, table(columns=[column("a")], cells=[cell("a", 1000)], rules=limits))
    with pytest.raises(DataValidationError):
        await lab.submit(third, table(columns=[column("a")], cells=[cell("a", 95)], rules=limits))
    await ignore(lab, wild)
    await lab.submit(third, table(columns=[column("a")], cells=[cell("a", 95)], rules=limits))
    assert await statuses(lab, third) == {"a:r": "PASS"}


@pytest.mark.parametrize(
    ("higher", "limits", "value", "status"),
    [
        (True, {"fixed_limit": 50}, 51, "PASS"),
        (True, {"fixed_limit": 50}, 50, "ERROR"),
        (False, {"fixed_limit": 50}, 49, "PASS"),
        (False, {"fixed_limit": 50}, 50, "ERROR"),
        (True, {"best_pct": 10}, 91, "PASS"),
        (True, {"best_pct": 10}, 90, "ERROR"),
        (False, {"best_pct": 10}, 109, "PASS"),
        (False, {"best_abs": 5}, 105, "ERROR"),
        (True, {"best_abs": 5}, 96, "PASS"),
        (True, {"best_pct": 0}, 101, "ERROR"),  # a new record is its own best
        (True, {"best_pct": 50, "fixed_limit": 95}, 90, "ERROR"),
        (True, {}, 1, "PASS"),
        (None, {"fixed_limit": 50}, 1, "UNSET"),
    ],
)
async def test_a_value_must_be_strictly_better_than_every_limit(
    lab: Lab, higher: bool | None, limits: dict[str, float], value: float, status: str
) -> None:
    best, run = await lab.run(), await lab.run()
    sent: dict[str, Any] = {"columns": [column("a", higher)], "rules": {"a": rule(**limits)}}
    await lab.submit(best, table(**sent, cells=[cell("a", 100, status="PASS")]))
    body = table(**sent, cells=[cell("a", value)])
    if status == "ERROR":
        with pytest.raises(DataValidationError):
            await lab.submit(run, body)
    else:
        await lab.submit(run, body)
    assert await statuses(lab, run) == {"a:r": status}


async def test_only_unset_cells_are_judged_and_errors_are_stored(lab: Lab) -> None:
    run = await lab.run()
    columns, limits = [column("a"), column("b"), column("note", None, "TEXT")], {"a": rule(fixed_limit=50), "b": rule(fixed_limit=50)}
    cells = [cell("a", 1, status="WARNING"), cell("b", 1, status="ERROR"), cell("note", "https://x")]
    with pytest.raises(DataValidationError):
        await lab.submit(run, table(columns=columns, cells=cells, rules=limits))
    assert await statuses(lab, run) == {"a:r": "WARNING", "b:r": "ERROR", "note:r": "UNSET"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"results": []}, KeyError),
        ({"meta": {"name": "t"}}, KeyError),
        (table(cells=[{"column": "a", "row": "r"}]), TypeError),
        (table(cells=[{**cell("a", 1), "colour": "red"}]), TypeError),
        (table(columns=[column("a")], cells=[cell("w", 2)]), KeyError),
        (table(columns=[column("ü")]), UnencodableText),
    ],
)
async def test_a_bad_table_stores_no_cell(lab: Lab, body: dict[str, Any], error: type[Exception]) -> None:
    run = await lab.run()
    with pytest.raises(error):
        await lab.submit(run, body)
    assert await statuses(lab, run) == {}


@pytest.mark.parametrize("value", ["12", True, 10**400, [1], "\ud83d"])
async def test_one_odd_cell_is_named_and_the_others_are_stored(lab: Lab, value: Any) -> None:
    run = await lab.run()
    odd = {"column": "a", "row": "odd", "status": "UNSET", "value_text" if value == "\ud83d" else "value": value}
    foreign = [cell("a", 1, row="ü"), cell("a", 1, row=7)]  # type: ignore[arg-type]
    body = table(columns=[column("a")], cells=[cell("a", 5), odd, *foreign, cell("a", 4, row="s")], rules={"a": rule(best_pct=1)})
    with pytest.raises(WrongValue) as caught:
        await lab.submit(run, body)
    named = [{"column": "a", "row": row} for row in ("odd", "ü", 7)]
    assert envelope(caught.value, "t")["response"]["left_out"] == named
    assert await statuses(lab, run) == {"a:r": "PASS", "a:s": "PASS"}


@pytest.mark.parametrize("value", [nan, inf, -inf])
async def test_a_number_that_is_none_is_no_value(lab: Lab, value: float) -> None:
    first, second = await lab.run(), await lab.run()
    body = table(columns=[column("a")], rules={"a": rule(best_pct=10)})
    await lab.submit(first, body | {"results": [cell("a", value), cell("a", value, row="s", status="PASS")]})
    await lab.submit(second, body | {"results": [cell("a", 5)]})
    await lab.submit(first, body | {"results": [cell("a", value)]})  # now there is a limit, and nobody can tell
    assert await statuses(lab, first) == {"a:r": "UNSET", "a:s": "PASS"}
    assert await statuses(lab, second) == {"a:r": "PASS"}
    (found,) = await tables_of_run(lab.runtime, lab.test.id, first)
    assert found["t"]["table_data"]["r"]["a"]["value"] is None


async def test_best_values_and_graphs_live_with_a_stored_number_that_is_none(lab: Lab) -> None:
    old, new = await lab.run(("scylla-server", "6.2", "20240901")), await lab.run(("scylla-server", "6.2", "20240902"))
    body = table(columns=[column("a")], rules={"a": rule(best_pct=10)})
    await lab.submit(old, body | {"results": [cell("a", 5)]})
    key = {"test_id": lab.test.id, "name": "t"}
    await lab.runtime.store.save(
        ArgusGenericResultData(**key, run_id=old, column="a", row="r", value=nan, sut_timestamp=datetime(2024, 1, 1))
    )
    await lab.runtime.store.save(ArgusBestResultData(**key, result_date=now(), key="a:r", value=nan, run_id=old))
    await lab.submit(new, body | {"results": [cell("a", 1.7e308)]})
    assert ("a:r", 1.7e308) in await records(lab)
    assert await statuses(lab, new) == {"a:r": "PASS"}
    drawn = await results_of_test(lab.runtime, str(lab.test.id), None, None, ())
    (points,) = [d["data"] for d in drawn["graphs"][0]["data"]["datasets"] if d["label"] == "6.2 - r"]
    assert sorted((point["y"] is None, str(point["id"])) for point in points) == sorted([(True, str(old)), (False, str(new))])


async def test_who_may_submit(lab: Lab) -> None:
    with pytest.raises(ClientException):
        await submit_results(lab.runtime, "moonbase", str(uuid4()), {})
    nobody = str(uuid4())
    answer = await submit_results(lab.runtime, SCT.name, nobody, {})
    assert answer.body == f'{{"response":{{"arguments":["{nobody}"],"exception":"DoesNotExist"}},"status":"error"}}\n'.encode()
    body = {"job_name": "no/such/job", "job_url": None, "started_by": "ci", "commit_id": "c", "sct_config": None}
    await SCT.submit(lab.runtime, {"schema_version": "v8", "run_id": nobody, **body})
    with pytest.raises(InvalidRequest, match="belongs to no test"):
        await lab.submit(UUID(nobody), table())


async def test_a_run_type_without_packages_has_tables_too(lab: Lab) -> None:
    run_id = uuid4()
    await GENERIC.submit(lab.runtime, {"run_id": str(run_id), "build_id": JOB, "build_url": "https://ci/1/", "started_by": "ci"})
    await lab.submit(run_id, table(columns=[column("a")], cells=[cell("a", 1)]), GENERIC.name)
    (found,) = await tables_of_run(lab.runtime, lab.test.id, run_id)
    assert found["t"]["table_data"] == {"r": {"a": {"value": 1.0, "status": "UNSET", "type": "FLOAT"}}}
    with pytest.raises(NotImplementedError):
        await submit_results(lab.runtime, GENERIC.name, str(run_id), table())


async def test_the_build_time_comes_from_the_packages_unless_it_is_sent(lab: Lab) -> None:
    run = await lab.run(("scylla-server", "6.2", "20240901"))
    await lab.submit(run, table(columns=[column("a", None)], cells=[cell("a", 1)], name="sent"))
    await lab.submit(run, table(columns=[column("a", None)], cells=[cell("a", 1)], name="found") | {"sut_timestamp": 0})
    built = {
        c.name: c.sut_timestamp for c in await lab.runtime.store.all(select(ArgusGenericResultData).where(run_id=run).allow_filtering())
    }
    assert [f"{built[name]:%Y-%m-%d}" for name in ("sent", "found")] == ["2024-01-02", "2024-09-01"]
    with pytest.raises(ValueError, match="scylla-manager package not found"):
        await lab.submit(run, table() | {"sut_timestamp": 0, "sut_package_name": "scylla-manager"})


async def test_tables_come_in_the_order_in_which_their_first_cell_was_written(lab: Lab) -> None:
    run = await lab.run()

    async def order() -> list[str]:
        return [next(iter(found)) for found in await tables_of_run(lab.runtime, lab.test.id, run)]

    columns = [column("a", None), column("b", None)]
    for name in ("z", "m", "a"):
        await lab.submit(run, table(name, columns=columns, cells=[cell("a", 1), cell("b", 1)]))
        await asyncio.sleep(0.002)
    assert await order() == ["z", "m", "a"]
    await lab.submit(run, table("z", columns=columns, cells=[cell("b", 2)]))
    assert await order() == ["z", "m", "a"]
    await lab.submit(run, table("z", columns=columns, cells=[cell("a", 2)]))
    assert await order() == ["m", "a", "z"]
    await lab.runtime.store.save(ResultSubmission(test_id=lab.test.id, run_id=run, name="gone"))
    assert await order() == ["m", "a", "z"]


async def test_hidden_columns_are_not_shown_and_count(lab: Lab) -> None:
    run = await lab.run()
    columns = [column("a", None), column("hidden", None, visible=False), column("unused", None)]
    body = table(columns=columns, rows=["r", "empty"], cells=[cell("a", "text"), cell("hidden", 1, status="WARNING")])
    await lab.submit(run, body)
    (found,) = await tables_of_run(lab.runtime, lab.test.id, run)
    shown = found["t"]
    assert [c.name for c in shown["columns"]] == ["a"]
    assert shown["table_data"] == {"r": {"a": {"value": "text", "status": "UNSET", "type": "FLOAT"}}}
    assert (shown["rows"], shown["table_status"]) == (["r"], "WARNING")
    assert await tables_of_run(lab.runtime, lab.test.id, run, ("b",)) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-20, 20)), max_size=40), st.booleans())
def test_records_of_a_cell_get_better_and_the_last_one_is_the_best(values: list[tuple[int, int]], higher: bool) -> None:
    columns = [ColumnMetadata(name="a", higher_is_better=higher)]
    described = ArgusGenericResultMetadata.model_construct(test_id=uuid4(), name="t", columns_meta=columns)
    history = history_of([], set())
    cells = [Cell("a", str(row), "UNSET", value) for row, value in values]
    records_of(uuid4(), described, cells, history)
    for row in {row for row, _ in values}:
        found = [record.value or 0 for record in history[f"a:{row}"]]
        sent = [value for r, value in values if r == row]
        assert found == sorted(set(found), reverse=not higher)
        assert found[-1] == (max if higher else min)(sent)
        assert found[0] == sent[0]


def test_limits_of_rules_are_numbers() -> None:
    with pytest.raises(ValueError, match="valid number"):
        history_after({}, {"a": {"fixed_limit": "much"}})
    assert history_after({"a": [ValidationRules()]}, {}) == {"a": [ValidationRules()]}
