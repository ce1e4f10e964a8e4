"""Bodies of the deduper's routes (docs/deduper.md#routes)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["pending", "running", "completed", "failed", "cancelled"]


class StartBody(BaseModel):
    """Which report, and how. `force` is taken for older callers; it does not lift that one job a report is active."""

    model_config = ConfigDict(extra="forbid")

    report_id: str = Field(alias="reportId", examples=["6f1c8a52-9a3e-4c55-8f4e-2f7c1d0b9a11"])
    parameters: dict[str, Any] = Field({}, examples=[{"severity": ["ERROR"], "threshold": 0.85}])
    force: bool = False


class Progress(BaseModel):
    percent: int
    message: str
    updatedAt: str


class JobError(BaseModel):
    code: str
    message: str


class Result(BaseModel):
    events: int
    clusters: int
    duplicates: int
    ratio: float
    published: bool


class Job(BaseModel):
    """A computation. Both spellings of the two ids are always there."""

    jobId: str
    job_id: str
    reportId: str
    report_id: str
    status: Status
    jobName: Literal["deduper"]
    parameters: dict[str, Any]
    createdAt: str
    startedAt: str | None
    completedAt: str | None
    cancelRequestedAt: str | None
    progress: Progress | None
    pid: int | None
    host: str | None
    attempt: int
    timeoutSeconds: int
    exitCode: int | None
    error: JobError | None
    logs: list[str] = []
    result: Result | None
    createdBy: str | None


class Queued(BaseModel):
    message: str
    jobId: str
    job_id: str
    reportId: str
    status: Status
    job: Job


class Changed(BaseModel):
    message: str
    job: Job


class JobList(BaseModel):
    jobs: list[Job]


class Index(BaseModel):
    message: str
    service: str
    framework: str
    version: str
    time: str


class Ok(BaseModel):
    message: str
    status: str
    time: str


class Health(BaseModel):
    status: Literal["healthy", "degraded", "unhealthy"]
    timestamp: str
    activeJobs: int
    active_jobs: int
    pendingJobs: int
    maxConcurrentJobs: int
    jobsLastHour: dict[str, int]
    configuration: dict[str, Any]
    lastError: JobError | None


class Deleted(BaseModel):
    jobs: int
    clusters: int


class Cleared(BaseModel):
    message: str
    deleted: Deleted


class Representative(BaseModel):
    run_id: str
    ts: str
    event_id: str | None
    message: str


class Cluster(BaseModel):
    clusterId: str
    severity: str
    eventType: str
    size: int
    runs: int
    firstSeen: str
    lastSeen: str
    signature: str
    representative: Representative
    nodes: list[str]
    sample: list[str]


class ClusterPage(BaseModel):
    reportId: str
    jobId: str
    computedAt: str
    stale: bool
    items: list[Cluster]
    next_cursor: str | None


class Member(BaseModel):
    runId: str
    severity: str
    ts: str
    eventId: str | None
    node: str
    similarity: float
    message: str | None


class MemberPage(BaseModel):
    reportId: str
    clusterId: str
    items: list[Member]
    next_cursor: str | None


class SeenIn(Cluster):
    reportId: str
    jobId: str


class SeenPage(BaseModel):
    signature: str
    items: list[SeenIn]
    next_cursor: str | None


class Refused(BaseModel):
    error: str
    code: str
    detail: str
    request_id: str
    errors: list[dict[str, Any]]
