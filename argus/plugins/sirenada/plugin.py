"""The run type of user-interface test sessions (docs/contract/plugins.md#sirenada)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from argus.domain.assignment import assigned, build_number_of
from argus.domain.runs import create_run, edit, find_typed
from argus.domain.swap import swap
from argus.kit.errors import SirenadaPluginException
from argus.kit.parse import need, uuid_of
from argus.models.enums import TestStatus
from argus.models.run import RunBase
from argus.plugins.base import RunType, assignee_by_version
from argus.plugins.sirenada.model import MODELS, TYPES, SirenadaRun, SirenadaTest
from argus.runtime import Runtime
from argus.storage.statements import Update

COLLECTED = ("results", "sirenada_test_ids", "browsers", "clusters", "s3_folder_ids")
FAILURES = {TestStatus.FAILED.value, TestStatus.ERROR.value}
FINAL = {TestStatus.FAILED.value, TestStatus.ABORTED.value}


class Sirenada(RunType):
    """A session comes with its results, in one call; later calls add to them."""

    name = "sirenada"
    model = SirenadaRun
    all_models = MODELS
    all_types = TYPES

    async def submit(self, runtime: Runtime, body: Mapping[str, Any]) -> None:
        run_id = uuid_of(need(body, "run_id"))
        known = await find_typed(runtime, SirenadaRun, run_id, "id")
        run = known or _new_run(run_id, body)
        results = [SirenadaTest(**{k: v for k, v in result.items() if k in SirenadaTest.model_fields}) for result in need(body, "results")]
        if known is None:
            run = await assigned(runtime, self.name, run)
            run, created = await create_run(runtime, run.changed(**_collected(run, results)))
            if created:
                return
        sent = False

        def add(current: SirenadaRun) -> Update | None:
            nonlocal sent
            if sent and current.results[-len(results) :] == results:
                return None  # the write before this one got no answer, but happened
            sent = True
            return edit(current).set(**_collected(current, results))

        await swap(runtime.store, run, ("status", *COLLECTED), add)

    async def finish(self, runtime: Runtime, run: RunBase, body: Mapping[str, Any]) -> None:
        raise SirenadaPluginException("Sirenada runs do not need finalization")

    async def submit_product_version(self, runtime: Runtime, run: RunBase, version: str) -> None:
        await runtime.store.write(edit(run).set(scylla_version=version, **await assignee_by_version(runtime, run, version)))

    async def submit_logs(self, runtime: Runtime, run: RunBase, logs: Sequence[Mapping[str, Any]]) -> None:
        raise SirenadaPluginException("Log submission is not supported for Sirenada")


def _new_run(run_id: UUID, body: Mapping[str, Any]) -> SirenadaRun:
    job, url, region = need(body, "build_id"), need(body, "build_job_url"), need(body, "region")
    return SirenadaRun.model_construct(
        id=run_id,
        build_id=job,
        build_job_url=url,
        build_number=build_number_of(url),
        region=region,
        status=TestStatus.PASSED.value,
    )


def _collected(run: SirenadaRun, results: Sequence[SirenadaTest]) -> dict[str, Any]:
    """The columns that results add to, and the status that follows from them."""
    failed = run.status not in FINAL and any(result.status in FAILURES for result in results)
    folders = [(result.s3_folder_id, result.sirenada_test_id) for result in results if result.s3_folder_id]
    return {
        "status": TestStatus.FAILED.value if failed else run.status,
        "results": [*run.results, *results],
        "sirenada_test_ids": _with_new(run.sirenada_test_ids, (result.sirenada_test_id for result in results)),
        "browsers": _with_new(run.browsers, (result.browser_type for result in results)),
        "clusters": _with_new(run.clusters, (result.cluster_type for result in results)),
        "s3_folder_ids": list(dict.fromkeys([*run.s3_folder_ids, *folders])),
    }


def _with_new(known: Sequence[str], found: Iterable[str | None]) -> list[str]:
    """A list column cannot hold null: what a result does not say is left out."""
    return list(dict.fromkeys([*known, *(value for value in found if value is not None)]))


PLUGIN = Sirenada()
