"""A runtime with cluster tests and generic runs, and ways to submit tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.features.tracker.results.submission import submit_results
from argus.models.catalogue import ArgusTest
from argus.plugins.generic.plugin import PLUGIN as GENERIC
from argus.plugins.sct.packages import submit_packages
from argus.plugins.sct.plugin import PLUGIN as SCT
from argus.runtime import Runtime
from tests.domain.opened import JOB, catalogue, opened

SUT = 1704153600


@dataclass
class Lab:
    """A test with runs that submit tables."""

    runtime: Runtime
    test: ArgusTest

    async def run(self, *packages: tuple[str, str, str], **config: Any) -> UUID:
        """A new run with packages (name, version, date)."""
        run_id = uuid4()
        body = {"job_name": JOB, "job_url": "https://ci/1/", "started_by": "ci", "commit_id": "c", "sct_config": config or None}
        await SCT.submit(self.runtime, {"schema_version": "v8", "run_id": str(run_id), **body})
        sent = [{"name": name, "version": version, "date": date, "revision_id": "1"} for name, version, date in packages]
        await submit_packages(self.runtime, str(run_id), sent)
        return run_id

    async def submit(self, run_id: UUID, body: dict[str, Any], run_type: str = SCT.name) -> None:
        await submit_results(self.runtime, run_type, str(run_id), {"sut_timestamp": SUT, **body})


def column(name: str, higher: bool | None = True, kind: str = "FLOAT", **values: Any) -> dict[str, Any]:
    return {"name": name, "unit": "ms", "type": kind, "higher_is_better": higher, "visible": True, **values}


def cell(col: str, value: float | str | None, row: str = "r", status: str = "UNSET") -> dict[str, Any]:
    return {"column": col, "row": row, "status": status, "value_text" if isinstance(value, str) else "value": value}


def table(name: str = "t", columns: Any = (), cells: Any = (), rows: Any = ("r",), rules: Any = None, **meta: Any) -> dict[str, Any]:
    known = {"columns_meta": list(columns), "rows_meta": list(rows), "validation_rules": rules or {}, "description": "d"}
    return {"meta": {"name": name, **known, **meta}, "results": list(cells)}


def rule(**limits: float) -> dict[str, float | None]:
    return {"best_pct": None, "best_abs": None, "fixed_limit": None, **limits}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with opened(SCT, GENERIC) as runtime:
        (test,) = await catalogue(runtime)
        yield Lab(runtime, test)
