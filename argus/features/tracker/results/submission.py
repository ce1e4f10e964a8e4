"""Taking a result table of a run (docs/contract/results.md#submitting-a-table)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from argus.domain.runs import get_run, plugin_named
from argus.features.tracker.results.best import update_best
from argus.features.tracker.results.limits import status_of
from argus.features.tracker.results.metadata import record_metadata
from argus.features.tracker.results.runs import SERVER
from argus.kit.answer import Answer, json_answer
from argus.kit.clock import now
from argus.kit.errors import DataValidationError, foreseen
from argus.kit.numbers import finite
from argus.kit.parse import epoch_of, need, record, text_of, uuid_of
from argus.kit.turns import parts
from argus.models.enums import CellStatus
from argus.models.results import ArgusGenericResultData, ResultSubmission
from argus.models.run import RunBase
from argus.runtime import Runtime
from argus.storage.binding import check
from argus.storage.errors import DocumentNotFound, InvalidRequest, WrongText, WrongValue
from argus.storage.statements import batch, insert, select

CELLS = 50  # of one batch; they share a partition


@dataclass(frozen=True)
class Cell:
    """A cell as submitted, a number or a text."""

    column: str
    row: str
    status: str
    value: float | None = None
    value_text: str | None = None


async def submit_results(runtime: Runtime, run_type: str, run_id: str, body: Mapping[str, Any]) -> Answer:
    """Store a run's table: description, records, then the validated cells. Cells that fail are stored as well.

    Returns:
        The answer, which is no common envelope.

    Raises:
        ClientException: no such run type.
        KeyError: `results` or `meta` is missing, or a number is in a column that the table does not have.
        TypeError: a cell with a key too few or too many; nothing is stored.
        WrongValue: cells with a value of a wrong type; they are named (`left_out`), the others are stored.
        ValueError: the run's packages do not tell when the software under test was built.
        DataValidationError: a cell's status is `ERROR`; everything is stored. A number that is none (NaN) is stored as no value.
    """
    plugin_named(runtime, run_type)
    try:
        run = await get_run(runtime, run_type, uuid_of(run_id))
    except DocumentNotFound:
        return json_answer({"status": "error", "response": {"exception": "DoesNotExist", "arguments": [run_id]}})
    meta = need(body, "meta")
    sent = [record(Cell, cell) async for part in parts(list(need(body, "results"))) for cell in part]
    cells, unfit = await _fitting(sent)
    if run.test_id is None:
        raise foreseen(InvalidRequest(f"Run {run_id} belongs to no test, so it has no result tables"))
    table = await record_metadata(runtime, run.test_id, meta)
    built = await _built(runtime, run_type, run, body)
    history = await update_best(runtime, run_type, run.id, table, cells)
    validated = [replace(cell, status=status_of(cell, table, history)) async for part in parts(cells) for cell in part]
    await _store(runtime, run.test_id, run.id, table.name, built, validated)
    if unfit is not None:
        raise unfit
    if any(cell.status == CellStatus.ERROR for cell in validated):
        raise DataValidationError
    return json_answer({"status": "ok", "message": "Results submitted"})


async def _fitting(cells: Sequence[Cell]) -> tuple[list[Cell], WrongValue | None]:
    """The cells that can be stored, and the reason why others cannot: that of the first one, with the places of all."""
    fitting, reason, left_out = list[Cell](), None, list[dict[str, Any]]()
    async for cell in (cell async for part in parts(cells) for cell in part):
        try:
            for place in (cell.column, cell.row):
                text_of(place)
            check(ArgusGenericResultData.__table__, asdict(cell))
        except (WrongValue, AttributeError) as error:
            reason = reason or (error if isinstance(error, WrongValue) else WrongText(*error.args))
            left_out.append({"column": cell.column, "row": cell.row})
        else:
            fitting.append(replace(cell, value=finite(cell.value)))
    if reason is not None:
        reason.left_out = left_out
    return fitting, reason


async def _built(runtime: Runtime, run_type: str, run: RunBase, body: Mapping[str, Any]) -> datetime:
    """When the software under test was built: as submitted, or by the run's packages."""
    given = body.get("sut_timestamp") or 0
    if given:
        return epoch_of(given)
    name = body.get("sut_package_name") or SERVER
    return epoch_of(await plugin_named(runtime, run_type).sut_timestamp(runtime, run, name))


async def _store(runtime: Runtime, test_id: UUID, run_id: UUID, name: str, built: datetime, cells: Sequence[Cell]) -> None:
    if not cells:
        return
    place: dict[str, Any] = {"test_id": test_id, "name": name, "run_id": run_id}
    known = await runtime.store.first(select(ArgusGenericResultData, *place, "column", "row").where(**place))
    rows = [
        ArgusGenericResultData.model_construct(
            **place,
            column=cell.column,
            row=cell.row,
            sut_timestamp=built,
            value=cell.value,
            value_text=cell.value_text,
            status=cell.status,
        )
        async for part in parts(cells)
        for cell in part
    ]
    async for some in parts(rows, CELLS):
        await runtime.store.write(batch(*(insert(row) for row in some)))
    if known is None or min((cell.column, cell.row) for cell in cells) <= (known.column, known.row):
        await runtime.store.save(ResultSubmission(test_id=test_id, run_id=run_id, name=name, submitted_at=now()))
