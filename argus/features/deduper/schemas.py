"""Bodies of the deduper's routes (docs/deduper.md#routes)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["pending", "running", "completed", "failed", "cancelled"]
JobId = Annotated[str, Field(examples=["01JZ8Q4T6V9X2B3C5D7F8G9H0J"])]
ReportId = Annotated[str, Field(examples=["6f1c8a52-9a3e-4c55-8f4e-2f7c1d0b9a11"])]
ClusterId = Annotated[str, Field(examples=["c0001"])]
Signature = Annotated[str, Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
Moment = Annotated[str, Field(examples=["2026-03-01T10:00:00.000Z"])]
Severity = Annotated[str, Field(examples=["ERROR"])]
Node = Annotated[str, Field(examples=["node-3"])]
Text = Annotated[str, Field(examples=["storage_proxy - mutation write timeout: received only 1 responses from 2 CL=QUORUM"])]
Count = Annotated[int, Field(examples=[12])]


class StartBody(BaseModel):
    """Which report, and how. `force` is taken for older callers; it does not lift that one job a report is active."""

    model_config = ConfigDict(extra="forbid")

    report_id: ReportId = Field(alias="reportId")
    parameters: dict[str, Any] = Field({}, examples=[{"severity": ["ERROR"], "threshold": 0.85}])
    force: bool = False


class Progress(BaseModel):
    percent: int
    message: str
    updatedAt: Moment


class JobError(BaseModel):
    code: str
    message: str


class Result(BaseModel):
    events: Count
    clusters: Count
    duplicates: Count
    ratio: float
    published: bool


class Job(BaseModel):
    """A computation. Both spellings of the two ids are always there."""

    jobId: JobId
    job_id: JobId
    reportId: ReportId
    report_id: ReportId
    status: Status
    jobName: Literal["deduper"]
    parameters: dict[str, Any]
    createdAt: Moment
    startedAt: str | None
    completedAt: str | None
    cancelRequestedAt: str | None
    progress: Progress | None
    pid: int | None
    host: str | None
    attempt: int = Field(examples=[1])
    timeoutSeconds: int = Field(examples=[900])
    exitCode: int | None
    error: JobError | None
    logs: list[str] = []
    result: Result | None
    createdBy: str | None


class Queued(BaseModel):
    message: str = Field(examples=["Job queued"])
    jobId: JobId
    job_id: JobId
    reportId: ReportId
    status: Status
    job: Job


class Changed(BaseModel):
    message: str = Field(examples=["Job cancelled"])
    job: Job


class JobList(BaseModel):
    jobs: list[Job]


class Index(BaseModel):
    message: str = Field(examples=["deduper worker"])
    service: str = Field(examples=["argus-deduper"])
    framework: str = Field(examples=["fastapi"])
    version: str = Field(examples=["1.4.0"])
    time: Moment


class Ok(BaseModel):
    message: str = Field(examples=["ok"])
    status: str = Field(examples=["ok"])
    time: Moment


class Health(BaseModel):
    status: Literal["healthy", "degraded", "unhealthy"]
    timestamp: Moment
    activeJobs: Count
    active_jobs: Count
    pendingJobs: Count
    maxConcurrentJobs: Count
    jobsLastHour: dict[str, int]
    configuration: dict[str, Any]
    lastError: JobError | None


class Deleted(BaseModel):
    jobs: Count
    clusters: Count


class Cleared(BaseModel):
    message: str = Field(examples=["Table cleared"])
    deleted: Deleted


class Representative(BaseModel):
    run_id: ReportId
    ts: Moment
    event_id: str | None
    message: Text


class Cluster(BaseModel):
    clusterId: ClusterId
    severity: Severity
    eventType: str = Field(examples=["DatabaseLogEvent"])
    size: Count
    runs: Count
    firstSeen: Moment
    lastSeen: Moment
    signature: Signature
    representative: Representative
    nodes: list[Node]
    sample: list[str] = Field(examples=[["5b0c7a1e-0000-4000-8000-000000000001"]])


class ClusterPage(BaseModel):
    reportId: ReportId
    jobId: JobId
    computedAt: Moment
    stale: bool
    items: list[Cluster]
    next_cursor: str | None


class Member(BaseModel):
    runId: ReportId
    severity: Severity
    ts: Moment
    eventId: str | None
    node: Node
    similarity: float = Field(examples=[0.93])
    message: str | None


class MemberPage(BaseModel):
    reportId: ReportId
    clusterId: ClusterId
    items: list[Member]
    next_cursor: str | None


class SeenIn(Cluster):
    reportId: ReportId
    jobId: JobId


class SeenPage(BaseModel):
    signature: Signature
    items: list[SeenIn]
    next_cursor: str | None


class Refused(BaseModel):
    error: str = Field(examples=["Job not found"])
    code: str = Field(examples=["job_not_found"])
    detail: str = Field(examples=["Job not found"])
    request_id: JobId
    errors: list[dict[str, Any]] = Field(examples=[[]])
