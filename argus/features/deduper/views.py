"""Jobs and clusters as callers see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from argus.features.deduper.source import aware
from argus.features.deduper.tables import DedupeCluster, DedupeJob, DedupeMember


def stamp(moment: datetime) -> str:
    """A time in UTC, to the millisecond."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def job_view(job: DedupeJob, logs: bool = True) -> dict[str, Any]:
    """A job. Both spellings of the two ids are there, for callers of either naming."""
    view: dict[str, Any] = {
        "jobId": job.job_id,
        "job_id": job.job_id,
        "reportId": job.report_id,
        "report_id": job.report_id,
        "status": job.status,
        "jobName": "deduper",
        "parameters": job.parameters,
        "createdAt": stamp(job.created_at),
        "startedAt": _stamp(job.started_at),
        "completedAt": _stamp(job.completed_at),
        "cancelRequestedAt": _stamp(job.cancel_requested_at),
        "progress": job.progress,
        "pid": job.pid,
        "host": job.host,
        "attempt": job.attempt,
        "timeoutSeconds": job.timeout_seconds,
        "exitCode": job.exit_code,
        "error": job.error,
        "result": job.result,
        "createdBy": job.created_by,
    }
    if logs:
        view["logs"] = job.logs
    return view


def queued_view(job: DedupeJob, new: bool) -> dict[str, Any]:
    """What a caller of the two older ways to start a job gets."""
    return {
        "message": "Job queued" if new else "Job already active",
        "jobId": job.job_id,
        "job_id": job.job_id,
        "reportId": job.report_id,
        "status": job.status,
        "job": job_view(job),
    }


def cluster_view(cluster: DedupeCluster) -> dict[str, Any]:
    """A cluster."""
    head = cluster.representative
    return {
        "clusterId": cluster.cluster_id,
        "severity": cluster.severity,
        "eventType": cluster.event_type,
        "size": cluster.size,
        "runs": cluster.runs,
        "firstSeen": stamp(cluster.first_seen),
        "lastSeen": stamp(cluster.last_seen),
        "signature": cluster.signature,
        "representative": {**head, "ts": stamp(aware(head["ts"]))},
        "nodes": cluster.nodes,
        "sample": cluster.sample,
    }


def member_view(member: DedupeMember, message: str | None) -> dict[str, Any]:
    """An event of a cluster; its message is null when the event has gone."""
    return {
        "runId": member.run_id,
        "severity": member.severity,
        "ts": stamp(aware(member.ts)),
        "eventId": member.event_id or None,
        "node": member.node,
        "similarity": member.similarity,
        "message": message,
    }
