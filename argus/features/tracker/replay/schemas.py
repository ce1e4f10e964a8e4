"""The answer of an ingest, as the API's document shows it."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ReplayError(BaseModel):
    ts: int = Field(description="Unix milliseconds", examples=[1704103200000])
    endpoint: str = Field(examples=["/testrun/$type/$id/set_status"])
    error: str = Field(examples=["ValueError: [\"'sideways' is not a valid TestStatus\"]"])


class ReplaySummary(BaseModel):
    """What became of the records: `processed` = `succeeded` + `failed`, `total` = `processed` + `skipped_no_replay`."""

    total: int
    processed: int
    succeeded: int
    failed: int
    skipped_no_replay: int
    backfilled_logs: int
    errors: list[ReplayError]
