"""The run type of jobs that have none of their own (docs/contract/plugins.md#generic-runs)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from argus.domain.assignment import assigned, build_number_of
from argus.domain.runs import create_run, edit, find_typed
from argus.domain.snapshots import invalidate_version
from argus.domain.versions import index_version
from argus.kit.parse import enum_of, need, uuid_of
from argus.models.enums import TestStatus
from argus.models.run import RunBase
from argus.plugins.base import RunType, assignee_by_version, end_of
from argus.plugins.generic.model import MODELS, TYPES, GenericRun
from argus.runtime import Runtime
from argus.storage.statements import entry

FULL_VERSION = re.compile(r"(?P<short>[\w.~+-]+)-(?:0\.)?\d{8}\.\w+")

LONGEST = 500  # characters of a version that are looked at: the search takes their square


def short_version(text: str) -> str | None:
    """The part of a full version by which runs are filtered: `6.2.0` of `6.2.0-0.20240901.abcdef`, None when there is none.

    Raises:
        TypeError: it is no text.
    """
    found = FULL_VERSION.search(text[:LONGEST])
    return found["short"] if found else None


class Generic(RunType):
    """A job that says when it starts, how it ends, and which version it tested."""

    name = "generic"
    model = GenericRun
    all_models = MODELS
    all_types = TYPES

    async def submit(self, runtime: Runtime, body: Mapping[str, Any]) -> None:
        run_id = uuid_of(need(body, "run_id"))
        if await find_typed(runtime, GenericRun, run_id, "id"):
            return
        job, url, started_by = need(body, "build_id"), need(body, "build_url"), need(body, "started_by")
        run = GenericRun.model_construct(
            id=run_id,
            build_id=job,
            build_job_url=url,
            build_number=build_number_of(url),
            started_by=started_by,
            sub_type=body.get("sub_type"),
            status=TestStatus.RUNNING.value,
        )
        run = await assigned(runtime, self.name, run)
        if version := body.get("scylla_version"):
            run = run.changed(**await _version_changes(runtime, run, version))
        run, created = await create_run(runtime, run)
        if created:
            await _announce(runtime, run)

    async def finish(self, runtime: Runtime, run: RunBase, body: Mapping[str, Any]) -> None:
        changes: dict[str, Any] = {"end_time": end_of(body)}
        if status := body.get("status"):
            changes["status"] = enum_of(TestStatus, status).value
        if version := body.get("scylla_version"):
            changes |= await _version_changes(runtime, run, version)
        await runtime.store.write(edit(run).set(**changes).if_exists())
        await _announce(runtime, run.changed(**changes))

    async def submit_product_version(self, runtime: Runtime, run: RunBase, version: str) -> None:
        changes = await _version_changes(runtime, run, version)
        if changes:
            await runtime.store.write(edit(run).set(**changes))
            await index_version(runtime, run.release_id, changes["scylla_version"])

    async def submit_logs(self, runtime: Runtime, run: RunBase, logs: Sequence[Mapping[str, Any]]) -> None:
        links = [(log["log_name"], log["log_link"]) for log in logs]
        for name, link in dict(reversed(links)).items():
            await runtime.store.write(edit(run).put("logs", name, link).only_if(entry("logs", name, None), id=run.id))


async def _version_changes(runtime: Runtime, run: RunBase, version: str) -> dict[str, Any]:
    """What a full version changes of a run; nothing when it is none."""
    short = short_version(version)
    if short is None:
        return {}
    return {"scylla_version": short, "product_version": version, **await assignee_by_version(runtime, run, short)}


async def _announce(runtime: Runtime, run: RunBase) -> None:
    """A run began or ended: stored statistics of its version are out of date."""
    await asyncio.gather(
        invalidate_version(runtime, run.release_id, run.scylla_version),
        index_version(runtime, run.release_id, run.scylla_version),
    )


PLUGIN = Generic()
