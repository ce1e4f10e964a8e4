"""User-defined types of cluster test runs."""

from __future__ import annotations

from pydantic import Field

from argus.kit.clock import now_s
from argus.models.enums import ResourceState
from argus.storage.types import Float32, Udt


class PackageVersion(Udt, name="packageversion_v2"):
    """`date` is YYYYMMDD, `revision_id` a hex commit id. Two are equal when all five fields are."""

    name: str | None = None
    version: str | None = None
    date: str | None = None
    revision_id: str | None = None
    build_id: str | None = None


class CloudInstanceDetails(Udt, name="cloudinstancedetails_v3"):
    """A machine; times are Unix seconds, `termination_time` 0 while it lives."""

    provider: str | None = None
    instance_type: str | None = None
    region: str | None = None
    public_ip: str | None = None
    private_ip: str | None = None
    dc_name: str | None = None
    rack_name: str | None = None
    creation_time: int | None = Field(default_factory=now_s)
    termination_time: int | None = 0
    termination_reason: str | None = ""
    shards_amount: int | None = 0


class CloudNodesInfo(Udt, name="cloudnodesinfo"):
    image_id: str | None = None
    instance_type: str | None = None
    node_amount: int | None = None
    post_behaviour: str | None = None


class CloudSetupDetails(Udt, name="cloudsetupdetails"):
    """The cluster as planned."""

    db_node: CloudNodesInfo | None = None
    loader_node: CloudNodesInfo | None = None
    monitor_node: CloudNodesInfo | None = None
    backend: str | None = None


class CloudResource(Udt, name="cloudresource_v3"):
    """Only in the legacy column `allocated_resources`; see `SCTResource`."""

    name: str | None = None
    state: str | None = ResourceState.RUNNING.value
    resource_type: str | None = None
    instance_info: CloudInstanceDetails | None = None


class EventsBySeverity(Udt, name="eventsbyseverity"):
    """Only in the legacy column `events`; see `SCTEvent`."""

    severity: str | None = None
    event_amount: int | None = None
    last_events: list[str] = []


class NodeDescription(Udt, name="nodedescription"):
    name: str | None = None
    ip: str | None = None
    shards: int | None = None


class NemesisRunInfo(Udt, name="nemesisruninfo"):
    """Only in the legacy column `nemesis_data`; see `SCTNemesis`."""

    class_name: str | None = None
    name: str | None = None
    duration: int | None = None
    target_node: NodeDescription | None = None
    status: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    stack_trace: str | None = None


class PerformanceHDRHistogram(Udt, name="performance_hdrhistogram"):
    start_time: int | None = None
    percentile_90: Float32 | None = None
    percentile_50: Float32 | None = None
    percentile_99_999: Float32 | None = None
    percentile_95: Float32 | None = None
    end_time: Float32 | None = None
    percentile_99_99: Float32 | None = None
    percentile_99: Float32 | None = None
    stddev: Float32 | None = None
    percentile_99_9: Float32 | None = None


TYPES: tuple[type[Udt], ...] = (
    PackageVersion,
    CloudInstanceDetails,
    CloudNodesInfo,
    CloudSetupDetails,
    CloudResource,
    EventsBySeverity,
    NodeDescription,
    NemesisRunInfo,
    PerformanceHDRHistogram,
)
