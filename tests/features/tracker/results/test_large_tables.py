"""Tables of thousands of cells are stored and drawn while others are served (the watchdog of all tests looks)."""

from __future__ import annotations

import asyncio

import pytest

from argus.features.tracker.results.service import results_of_test
from argus.features.tracker.results.tables import tables_of_run
from tests.features.tracker.results.conftest import Lab, cell, column, rule, table

pytestmark = pytest.mark.anyio


async def test_thousands_of_cells_at_once(lab: Lab) -> None:
    columns = [f"c{number}" for number in range(60)]
    rows = [f"r{number}" for number in range(60)]
    cells = [cell(name, float(number), row) for number, row in enumerate(rows) for name in columns]
    body = table("t", [column(name) for name in columns], cells, rows, {name: rule(fixed_limit=-1.0) for name in columns[:3]})
    for _ in range(2):
        run = await lab.run(("scylla-server", "5.0", "20240101"))
        await asyncio.create_task(lab.submit(run, body))
    drawn = await asyncio.create_task(results_of_test(lab.runtime, str(lab.test.id), None, None, ()))
    assert len(drawn["graphs"]) == len(columns)
    shown = await asyncio.create_task(tables_of_run(lab.runtime, lab.test.id, run))
    assert len(shown[0]["t"]["columns"]) == len(columns)
