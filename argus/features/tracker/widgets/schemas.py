"""What the routes of widgets take and give, for the documentation (docs/contract/views.md#widgets)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from argus.features.tracker.results.schemas import Table


class GraphedRun(BaseModel):
    build_id: str
    start_time: float = Field(description="Unix seconds")
    duration: float = Field(description="seconds; 0 while it is not over")
    status: str | None
    version: str | None
    run_id: UUID
    investigation_status: str | None


class WidgetNemesis(BaseModel):
    version: str | None
    name: str | None
    start_time: int
    duration: int
    status: str
    run_id: UUID
    stack_trace: str | None


class GraphedNemesis(WidgetNemesis):
    build_id: str


class GraphedStats(BaseModel):
    test_runs: list[GraphedRun]
    nemesis_data: list[GraphedNemesis]


class NemesisData(BaseModel):
    nemesis_data: list[WidgetNemesis]


class RunList(BaseModel):
    run_ids: list[UUID]


class RunDetails(BaseModel):
    build_id: str | None
    status: str | None = None
    start_time: str | None
    assignee: UUID | None
    version: str
    investigation_status: str | None = None
    issues: list[dict[str, Any]]


class MethodRun(BaseModel):
    run_id: UUID
    status: str | None = None
    started_by: str | None = None


class TestInfo(BaseModel):
    __test__ = False  # its name begins like a test class

    name: str | None
    build_id: str


class VersionedRuns(BaseModel):
    versions: dict[str, dict[str, dict[str, MethodRun]]] = Field(description="version → test id → method → run")
    test_info: dict[str, TestInfo]


RunsResults = dict[str, dict[str, dict[str, list[dict[str, Table]]]]]
"""test id → method → run id → tables."""
