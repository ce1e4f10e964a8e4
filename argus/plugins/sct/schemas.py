"""What the routes of cluster tests take and give, for the documentation.

Contract: docs/contract/client.md#routes-of-cluster-tests; docs/contract/events.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.features.tracker.repeats.schemas import Seen
from argus.models.enums import NemesisStatus, ResourceState, SCTEventSeverity


class Sent(BaseModel):
    """Part of a body; clients add `schema_version`, which is ignored."""

    model_config = ConfigDict(extra="ignore")


class Package(Sent):
    name: str = Field(examples=["scylla-server"])
    version: str | None = Field(None, examples=["6.2.0"])
    date: str | None = Field(None, description="YYYYMMDD", examples=["20240901"])
    revision_id: str | None = Field(None, description="hex commit id", examples=["abcdef0123"])
    build_id: str | None = None


class Packages(Sent):
    packages: list[Package]


class Screenshots(Sent):
    screenshot_links: list[str] = Field(examples=[["https://bucket.s3.amazonaws.com/run/overview.png"]])


class Runner(Sent):
    """The machine on which a test itself runs; `backend` is its cloud provider."""

    public_ip: str
    private_ip: str
    region: str = Field(examples=["eu-west-1"])
    backend: str = Field(examples=["aws"])
    name: str | None = Field(None, description="of the resource; `sct-runner` when absent")


class Machine(BaseModel):
    provider: str | None = Field(None, examples=["aws"])
    instance_type: str | None = None
    region: str | None = None
    public_ip: str | None = None
    private_ip: str | None = None
    dc_name: str | None = None
    rack_name: str | None = None
    creation_time: int | None = Field(None, description="Unix seconds; now when absent")
    termination_time: int | None = Field(0, description="Unix seconds; 0 while it lives")
    termination_reason: str | None = ""
    shards_amount: int | None = 0


class NewResource(Sent):
    name: str = Field(examples=["longevity-db-node-1"])
    state: str | None = ResourceState.RUNNING.value
    resource_type: str | None = Field(None, examples=["db-node"])
    instance_details: Machine


class CreateResource(Sent):
    resource: NewResource


class Resource(BaseModel):
    run_id: UUID
    name: str
    state: str | None
    resource_type: str | None
    instance_info: Machine | None


class Termination(Sent):
    reason: str


class Shards(Sent):
    shards: int


class ResourceChanges(Sent):
    state: ResourceState | None = None
    instance_info: dict[str, Any] | None = None


class UpdateResource(Sent):
    update_data: ResourceChanges


class UpdatedResource(BaseModel):
    state: Literal["updated"]
    fields: dict[str, Any]


class NewNemesis(BaseModel):
    name: str = Field(examples=["disrupt_nodetool_drain"])
    class_name: str = Field(examples=["NodetoolDrain"])
    start_time: float = Field(description="Unix seconds; the whole second identifies it")
    node_name: str
    node_ip: str
    node_shards: int
    description: str | None = None


class SubmitNemesis(Sent):
    nemesis: NewNemesis


class EndedNemesis(BaseModel):
    name: str
    start_time: float
    status: NemesisStatus
    message: str = Field(description="a stack trace, empty when all went well")


class FinalizeNemesis(Sent):
    nemesis: EndedNemesis


class Node(BaseModel):
    name: str | None
    ip: str | None
    shards: int | None


class Nemesis(BaseModel):
    run_id: UUID
    start_time: int
    class_name: str | None
    name: str | None
    duration: int | None
    target_node: Node | None
    status: str | None
    end_time: int | None
    stack_trace: str | None


class NewEvent(BaseModel):
    run_id: str = Field(description="must be there; the address says which run")
    severity: SCTEventSeverity = Field(description="any case")
    ts: float = Field(description="Unix seconds")
    message: str
    event_type: str = Field(examples=["DatabaseLogEvent"])
    received_timestamp: datetime | None = None
    nemesis_name: str | None = None
    duration: float | None = None
    node: str | None = None
    target_node: str | None = None
    known_issue: str | None = None
    nemesis_status: str | None = None


class SubmitEvents(Sent):
    data: NewEvent | list[NewEvent]


class OldEvents(Sent):
    events: list[dict[str, Any]]


class Event(BaseModel):
    run_id: UUID
    severity: str
    ts: datetime
    event_id: UUID | None
    event_type: str | None
    message: str | None
    duplicate_id: UUID | None = Field(description="the event of the same run that this one repeats")
    summary: str | None
    node: str | None
    received_timestamp: datetime | None
    nemesis_name: str | None
    duration: float | None
    target_node: str | None
    nemesis_status: str | None
    known_issue: str | None


class SimilarEventsQuery(Sent):
    severity: Literal["ERROR", "CRITICAL"]
    ts: datetime
    limit: int = 100


class SimilarEvent(BaseModel):
    run_id: UUID
    severity: str
    ts: datetime


class OldSimilarEvents(BaseModel):
    event_index: int
    severity: Literal["ERROR", "CRITICAL"]
    similars_set: list[str]
    duplicates_list: list[int]


class RunIds(Sent):
    run_ids: list[UUID]


class RunDescription(BaseModel):
    build_id: str | None = Field(examples=["scylla-6.2/longevity/longevity-10gb-3h-test#42"])
    start_time: str | None = Field(description="ISO-8601 without a zone, UTC")
    version: str | None = Field(examples=["6.2.0-20240901"])
    issues: list[dict[str, Any]]


class GeminiData(BaseModel):
    oracle_nodes_count: int | None = None
    oracle_node_ami_id: str | None = None
    oracle_node_instance_type: str | None = None
    oracle_node_scylla_version: str | None = None
    gemini_command: str | None = None
    gemini_version: str | None = None
    gemini_status: str | None = Field(None, description="anything but `PASSED` fails the run")
    gemini_seed: int | str | None = None
    gemini_write_ops: int | None = None
    gemini_write_errors: int | None = None
    gemini_read_ops: int | None = None
    gemini_read_errors: int | None = None


class SubmitGemini(Sent):
    gemini_data: GeminiData


class PerformanceResults(BaseModel):
    test_name: str
    stress_cmd: str | None = None
    perf_op_rate_average: float | None = None
    perf_op_rate_total: float | None = None
    perf_avg_latency_99th: float | None = None
    perf_avg_latency_mean: float | None = None
    perf_total_errors: float | None = None
    histograms: list[dict[str, dict[str, float | None]]] | None = Field(description="operation → histogram")


class SubmitPerformance(Sent):
    performance_results: PerformanceResults


class EarlierPerformance(BaseModel):
    build_id: str
    packages: list[Package] | None
    scylla_version: str | None
    test_name: str | None
    perf_op_rate_average: float | None
    perf_op_rate_total: float | None
    perf_avg_latency_99th: float | None
    perf_avg_latency_mean: float | None
    perf_total_errors: float | None
    id: UUID
    start_time: datetime
    build_job_url: str | None
    build_number: int | None


class KernelReport(BaseModel):
    versions: dict[str, list[str]] = Field(description="Scylla version → kernels")
    metadata: dict[str, dict[str, int]] = Field(description="kernel → runs by status")


class JunitReport(Sent):
    file_name: str
    content: str = Field(description="XML in base64")


class NewStressCommand(Sent):
    cmd: str
    loader_name: str
    log_name: str
    ts: float | None = Field(None, description="Unix seconds; now when absent")


class StressCommandRow(BaseModel):
    run_id: UUID
    ts: datetime
    cmd: str | None
    log_name: str | None
    node_name: str | None


class EventToCompare(BaseModel):
    severity: str = Field(examples=["CRITICAL"])
    ts: datetime


class EventsToCompare(BaseModel):
    events: list[EventToCompare] = Field(max_length=5)


class SeenEvent(Seen):
    severity: str
    ts: datetime


class EventPage(BaseModel):
    events: list[Event] = Field(description="newest first")
    next: str | None = Field(description="`before` of the next page")


class EventHistogram(BaseModel):
    start: str | None = Field(description="of the first bar; null of a run without events")
    seconds: float = Field(description="length of a bar")
    counts: dict[str, list[int]] = Field(description="of each severity, 60 bars")
    totals: dict[str, int]
    more: bool = Field(description="of some severity only the newest 50,000 are counted")
