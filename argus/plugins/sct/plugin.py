"""The run type of long cluster tests (docs/contract/plugins.md#cluster-tests)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from argus.domain import snapshots, versions
from argus.domain.assignment import assigned, build_number_of
from argus.domain.runs import create_run, edit, find_typed
from argus.features.deduper import trigger
from argus.kit.numbers import finite
from argus.kit.parse import need, record, uuid_of
from argus.models.run import RunBase
from argus.plugins.base import RunType, assignee_by_version, end_of
from argus.plugins.sct.cloud import cloud_setup, regions
from argus.plugins.sct.model import MODELS, TYPES, SCTJunitReports, SCTNemesis, SCTResource, SCTTestRun
from argus.plugins.sct.packages import add_logs, build_time
from argus.plugins.sct.types import CloudInstanceDetails
from argus.run_types import STATISTICS_COLUMNS
from argus.runtime import Runtime
from argus.storage.statements import select

NAME = "scylla-cluster-tests"


@dataclass
class SCTTestRunSubmissionRequest:
    """The body of a submission."""

    schema_version: str
    run_id: str
    job_name: str
    job_url: str | None
    started_by: str
    commit_id: str
    sct_config: dict[str, Any] | None
    origin_url: str | None = None
    branch_name: str | None = None
    runner_public_ip: str | None = None
    runner_private_ip: str | None = None


class ClusterTests(RunType):
    """Long tests of a whole cluster; what is written of a run while it goes on stands in the modules beside this one."""

    name = NAME
    model = SCTTestRun
    all_models = MODELS
    all_types = TYPES
    statistics_columns = (*STATISTICS_COLUMNS, "nemesis_stats", "cloud_setup")

    async def submit(self, runtime: Runtime, body: Mapping[str, Any]) -> None:
        """Create a run, or take what a repeat of it says about the cluster (docs/contract/plugins.md#submission).

        The row is stored before its configuration is read, so that a test whose configuration Argus does not understand is still tracked.
        """
        sent = record(SCTTestRunSubmissionRequest, body)
        run_id = uuid_of(sent.run_id)
        run = await find_typed(runtime, SCTTestRun, run_id)
        if run is None:
            run, _ = await create_run(runtime, await assigned(runtime, NAME, _new_run(run_id, sent)))
        if sent.sct_config:
            described = _described(sent.sct_config, sent.runner_public_ip, sent.runner_private_ip)
            await runtime.store.write(edit(run).set(**described))
            run = run.changed(**described)
        await asyncio.gather(snapshots.invalidate_version(runtime, run.release_id, run.scylla_version), _index_image(runtime, run))

    async def finish(self, runtime: Runtime, run: RunBase, body: Mapping[str, Any]) -> None:
        """End a run, now or when the body says; its status stays."""
        cluster_test = cast(SCTTestRun, run)
        await runtime.store.write(edit(run).set(end_time=end_of(body)))
        await asyncio.gather(
            snapshots.invalidate_version(runtime, run.release_id, run.scylla_version),
            versions.index_version(runtime, run.release_id, run.scylla_version),
            _index_image(runtime, cluster_test),
        )
        if runtime.settings.DEDUPER_AUTO:
            runtime.spawn(trigger.run_ended(runtime, run.id))

    async def submit_product_version(self, runtime: Runtime, run: RunBase, version: str) -> None:
        """Take a version, unless a target package decides it; the assignee is looked up for the version given either way."""
        stored = run.scylla_version
        if not cast(SCTTestRun, run).version_source:
            change = edit(run).set(scylla_version=version).only_if(id=run.id, version_source=None)
            outcome = await runtime.store.write(change)
            newest = None if outcome.applied else await runtime.store.get(SCTTestRun, **run.primary_key_values())
            stored = newest.scylla_version if newest else version
        changes = await assignee_by_version(runtime, run, version)
        if changes:
            await runtime.store.write(edit(run).set(**changes))
        await versions.index_version(runtime, run.release_id, stored)

    async def submit_logs(self, runtime: Runtime, run: RunBase, logs: Sequence[Mapping[str, Any]]) -> None:
        """Add logs; the first link of a name stays."""
        await add_logs(runtime, cast(SCTTestRun, run), [(need(log, "log_name"), need(log, "log_link")) for log in logs])

    async def sut_timestamp(self, runtime: Runtime, run: RunBase, package_name: str) -> float:
        """When the package under test was built, by the run's packages."""
        return build_time(cast(SCTTestRun, run).packages, package_name)

    async def run_response(self, runtime: Runtime, run: RunBase) -> dict[str, Any]:
        """A run with its nemeses, resources and JUnit documents."""
        nemeses, resources, reports = await asyncio.gather(
            runtime.store.all(select(SCTNemesis).where(run_id=run.id)),
            runtime.store.all(select(SCTResource).where(run_id=run.id)),
            runtime.store.all(select(SCTJunitReports).where(test_id=run.id)),
        )
        return {**dict(run), "nemesis_data": nemeses, "allocated_resources": resources, "junit_reports": reports}

    async def release_versions(self, runtime: Runtime, release_id: UUID) -> list[str]:
        """By the release's index, or by its runs while nothing was entered there."""
        indexed = await versions.indexed_versions(runtime, release_id)
        return indexed or await super().release_versions(runtime, release_id)

    async def release_images(self, runtime: Runtime, release_id: UUID) -> list[str]:
        """By the release's index, or by its runs while nothing was entered there."""
        indexed = await versions.indexed_images(runtime, release_id)
        if indexed:
            return indexed
        runs = select(SCTTestRun, *_IMAGE).where(release_id=release_id)
        return versions.descending({image_of(run) async for run in runtime.store.rows(runs)})

    async def view_images(self, runtime: Runtime, build_ids: Sequence[str]) -> list[str]:
        """By the runs of these jobs."""
        runs = await runtime.store.all_in(select(SCTTestRun, *_IMAGE), "build_id", build_ids)
        return versions.descending({image_of(run) for run in runs})

    async def nemeses(self, runtime: Runtime, run_ids: Sequence[UUID]) -> list[SCTNemesis]:
        """The disruptions of any number of runs, those of one run oldest first."""
        return await runtime.store.all_in(select(SCTNemesis), "run_id", run_ids)


_IMAGE = ("build_id", "start_time", "id", "cloud_setup")


def image_of(run: SCTTestRun) -> str | None:
    """The database image that a run's cluster uses."""
    return run.cloud_setup.db_node.image_id if run.cloud_setup and run.cloud_setup.db_node else None


async def _index_image(runtime: Runtime, run: SCTTestRun) -> None:
    await versions.index_image(runtime, run.release_id, image_of(run))


def _new_run(run_id: UUID, sent: SCTTestRunSubmissionRequest) -> SCTTestRun:
    return SCTTestRun.model_construct(
        build_id=sent.job_name,
        id=run_id,
        build_job_url=sent.job_url,
        build_number=build_number_of(sent.job_url),
        started_by=sent.started_by,
        scm_revision_id=sent.commit_id,
        origin_url=sent.origin_url or None,
        branch_name=sent.branch_name if sent.origin_url else None,
    )


def _described(config: Mapping[str, Any], public_ip: str | None, private_ip: str | None) -> dict[str, Any]:
    named = regions(config)
    values: dict[str, Any] = {
        "region_name": named,
        "cloud_setup": cloud_setup(config),
        "config_files": config.get("config_files") or [],
        "test_method": config.get("test_method"),
    }
    if config.get("stress_duration"):
        values["stress_duration"] = finite(float(config["stress_duration"]))
    if public_ip:
        backend = config.get("cluster_backend")
        values["sct_runner_host"] = CloudInstanceDetails(public_ip=public_ip, private_ip=private_ip, provider=backend, region=named[0])
    return values


PLUGIN = ClusterTests()
