"""What the routes of this folder answer, for the documentation."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field


class VersionOutcome(BaseModel):
    passed: int
    failed: int
    last: str = Field(description="status of the newest run on this version")
    run_id: UUID = Field(description="that run")


class TestTrend(BaseModel):
    __test__ = False

    test_id: UUID
    test: str
    group: str
    job: str | None
    plugin: str | None
    passed: int
    failed: int
    changes: int = Field(description="runs that ended otherwise than the one before")
    flakiness: float | None = Field(description="changes among neighbouring runs, 0 to 1; null of fewer than two runs")
    mixed_versions: int = Field(description="versions on which it both passed and failed")
    median_seconds: float | None = Field(description="of runs that passed")
    last_seconds: float | None
    versions: dict[str, VersionOutcome] = Field(description="by version; runs whose version is not known are under the empty text")


class Trends(BaseModel):
    tests: list[TestTrend] = Field(description="by group and name")
    next: str | None = Field(description="`after` of the next page")
    total: int = Field(description="tests on all pages")
