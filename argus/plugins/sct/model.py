"""Cluster test runs, and what they report while they go on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from argus.models import sct_event
from argus.models.enums import ResourceState
from argus.models.run import RunBase
from argus.plugins.sct.types import (
    TYPES,
    CloudInstanceDetails,
    CloudResource,
    CloudSetupDetails,
    EventsBySeverity,
    NemesisRunInfo,
    NodeDescription,
    PackageVersion,
    PerformanceHDRHistogram,
)
from argus.storage.table import ClusteringKey, PartitionKey, Row
from argus.storage.types import Ascii, Float32, Frozen


class SCTTestRun(RunBase, table="sct_test_run"):
    """A long test of a whole cluster.

    `allocated_resources`, `events` and `nemesis_data` are leftovers of earlier versions that installations still have; the live data is in
    `SCTResource`, `SCTEvent` and `SCTNemesis`.
    """

    logs: list[tuple[str | None, str | None]] = []

    test_name: str | None = None
    stress_duration: Float32 | None = None
    scm_revision_id: str | None = None
    branch_name: str | None = None
    origin_url: str | None = None
    started_by: str | None = None
    config_files: list[str] = []
    packages: list[PackageVersion] = []
    version_source: str | None = None  # the package that set scylla_version
    yaml_test_duration: int | None = None
    test_method: Ascii | None = None

    sct_runner_host: CloudInstanceDetails | None = None
    region_name: list[str] = []
    cloud_setup: CloudSetupDetails | None = None
    allocated_resources: list[CloudResource] = []
    events: list[EventsBySeverity] = []
    nemesis_data: list[NemesisRunInfo] = []
    nemesis_stats: dict[str, int] = {}  # final status → count, and `total`
    screenshots: list[str] = []
    subtest_name: str | None = None

    oracle_nodes_count: int | None = None
    oracle_node_ami_id: str | None = None
    oracle_node_instance_type: str | None = None
    oracle_node_scylla_version: str | None = None
    gemini_command: str | None = None
    gemini_version: str | None = None
    gemini_status: str | None = None
    gemini_seed: str | None = None
    gemini_write_ops: int | None = None
    gemini_write_errors: int | None = None
    gemini_read_ops: int | None = None
    gemini_read_errors: int | None = None

    perf_op_rate_average: float | None = None
    perf_op_rate_total: float | None = None
    perf_avg_latency_99th: float | None = None
    perf_avg_latency_mean: float | None = None
    perf_total_errors: float | None = None
    stress_cmd: str | None = None
    histograms: list[Annotated[dict[str, PerformanceHDRHistogram], Frozen()]] = []


class SCTJunitReports(Row, table="sctjunit_reports"):
    """A JUnit document. `test_id` holds the id of the *run*."""

    test_id: Annotated[UUID, PartitionKey()]
    file_name: Annotated[str, ClusteringKey()]
    report: str | None = None


class SCTNemesis(Row, table="sct_nemesis"):
    """A disruption, by its run and the Unix second in which it began; of several in one second the later ones by a second behind it."""

    run_id: Annotated[UUID, PartitionKey()]
    start_time: Annotated[int, ClusteringKey()]
    class_name: str | None = None
    name: str | None = None
    duration: int | None = None
    target_node: NodeDescription | None = None
    status: str | None = None
    end_time: int | None = None
    stack_trace: str | None = None


class SCTNemesisBegin(Row, table="sct_nemesis_begin"):
    """When a disruption really began, in Unix seconds with their fraction, by its key in `sct_nemesis`. Of our own."""

    run_id: Annotated[UUID, PartitionKey()]
    start_time: Annotated[int, ClusteringKey()]
    began: float | None = None


class SCTResource(Row, table="sct_resource"):
    """A machine (or the like) that a run uses."""

    run_id: Annotated[UUID, PartitionKey()]
    name: Annotated[str, ClusteringKey()]
    state: str | None = ResourceState.RUNNING.value
    resource_type: str | None = None
    instance_info: CloudInstanceDetails | None = None


class StressCommand(Row, table="stress_command"):
    """A load that was started on a node."""

    run_id: Annotated[UUID, PartitionKey()]
    ts: Annotated[datetime, ClusteringKey("desc")]
    cmd: str | None = None
    log_name: str | None = None
    node_name: str | None = None


MODELS: tuple[type[Row], ...] = (
    SCTTestRun,
    SCTJunitReports,
    SCTNemesis,
    SCTNemesisBegin,
    SCTResource,
    StressCommand,
    *sct_event.MODELS,
)

__all__ = ["MODELS", "TYPES", "SCTJunitReports", "SCTNemesis", "SCTNemesisBegin", "SCTResource", "SCTTestRun", "StressCommand"]
