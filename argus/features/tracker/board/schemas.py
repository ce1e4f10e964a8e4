"""What the routes of this folder answer, for the documentation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.features.tracker.stats.schemas import Counters


class BoardGroup(BaseModel):
    id: UUID
    name: str = Field(description="as people call it")
    tests: int = Field(description="how many of the columns' next values are its")


class Columns(BaseModel):
    """A value a test, in one order. Where there is none: null, or -1 in columns that point into `names`."""

    name: list[str]
    status: list[int] = Field(description="into `names.statuses`")
    investigation: list[int] = Field(description="into `names.investigations`")
    started: list[int | None] = Field(description="seconds of the epoch; null: it has no run")
    build: list[int | None]
    took: list[int | None] = Field(description="seconds")
    off: list[int | None] = Field(description="percent that `took` is off the median of the test's other newest runs")
    trend: list[int] = Field(description="1: fails and passed before, -1: passes and failed before, 0: neither")
    backend: list[int] = Field(description="into `names.backends`")
    assignee: list[int] = Field(description="of the run, into `names.people`")
    planned: list[int] = Field(description="by plan, into `names.people`")
    notes: list[int] = Field(description="1: has issues, 2: has comments, 3: both")


class Names(BaseModel):
    statuses: list[str]
    investigations: list[str]
    backends: list[str]
    people: list[UUID]


class ToOpen(BaseModel):
    count: int
    tests: list[UUID] = Field(description="at most twenty")


class BoardIndex(Counters):
    """Beside these, when there is a group, one object a state of investigation: status → how many."""

    model_config = ConfigDict(extra="allow")

    token: str = Field(description="names the tests and their order; for `/rows`")
    groups: list[BoardGroup]
    tests: Columns
    names: Names
    open: ToOpen = Field(description="what failed and nobody looked at")
    disabled: bool
    perpetual: bool | None


class Setup(BaseModel):
    backend: str | None


class BoardRun(BaseModel):
    id: UUID
    build_number: int | None
    status: str | None
    start_time: datetime
    end_time: datetime | None
    assignee: UUID | None
    setup: Setup | None


class BoardTest(BaseModel):
    id: UUID
    name: str | None
    pretty_name: str | None
    plugin_name: str | None
    build_system_id: str | None


class BoardRow(BaseModel):
    test: BoardTest
    status: str
    investigation_status: str
    start_time: datetime
    buildNumber: int | None
    hasBugReport: bool
    hasComments: bool
    last_runs: list[BoardRun] = Field(description="at most five")


class BoardRows(BaseModel):
    rows: list[BoardRow] = Field(description="in the order in which they were asked for")
