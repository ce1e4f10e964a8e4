"""What the routes of results take and give, for the documentation (docs/contract/results.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Column(BaseModel):
    name: str = Field(examples=["P99 read"])
    unit: str | None = Field(None, examples=["ms"])
    type: Literal["INTEGER", "FLOAT", "DURATION", "TEXT"] | None = None
    higher_is_better: bool | None = Field(None, description="null: best values are not tracked and cells not validated")
    visible: bool | None = True


class Rule(BaseModel):
    best_pct: float | None = None
    best_abs: float | None = None
    fixed_limit: float | None = None


class TableMeta(BaseModel):
    name: str = Field(examples=["write - Perf Simple Query - latencies"])
    description: str | None = None
    columns_meta: list[Column]
    rows_meta: list[str]
    validation_rules: dict[str, Rule] | None = Field(None, description="column → limits")
    sut_package_name: str | None = None


class NewCell(BaseModel):
    column: str
    row: str
    status: Literal["PASS", "WARNING", "ERROR", "UNSET"]
    value: float | None = None
    value_text: str | None = None


class SubmitResults(BaseModel):
    meta: TableMeta
    results: list[NewCell]
    sut_timestamp: float | None = Field(None, description="Unix seconds; 0 or absent: by the run's packages")
    sut_package_name: str | None = "scylla-server"


class Submitted(BaseModel):
    status: Literal["ok"]
    message: Literal["Results submitted"]


class ShownCell(BaseModel):
    value: float | str | None
    status: str | None
    type: str | None


class Table(BaseModel):
    description: str | None
    table_data: dict[str, dict[str, ShownCell]] = Field(description="row → column → cell")
    columns: list[Column]
    rows: list[str]
    table_status: str | None


class RunTables(BaseModel):
    status: Literal["ok"]
    tables: list[dict[str, Table]] = Field(description="one-key objects, in the order of submission")


class Point(BaseModel):
    x: datetime
    y: float | None
    id: UUID | None = None
    changes: list[str] | None = None
    dep_change: bool | None = None
    limit: float | None = None
    ori: float | None = Field(None, description="the value, where y was cut to the axis")


class Dataset(BaseModel):
    label: str
    data: list[Point]
    borderColor: str
    borderDash: list[int]
    borderWidth: int
    pointRadius: int
    showLine: bool
    fill: bool | None = None
    pointHitRadius: int | None = None


class GraphData(BaseModel):
    datasets: list[Dataset]


class Graph(BaseModel):
    data: GraphData
    options: dict[str, Any] = Field(description="of Chart.js")


class Ticks(BaseModel):
    min: str | None = None
    max: str | None = None


class GraphView(BaseModel):
    test_id: UUID
    id: UUID
    name: str | None
    description: str | None
    graphs: dict[str, str] = Field(description="graph title → properties")


class TestResults(BaseModel):
    __test__ = False  # its name begins like a test class

    graphs: list[Graph]
    ticks: Ticks
    releases_filters: list[str]
    graph_views: list[GraphView]


class NewGraphView(BaseModel):
    testId: UUID
    name: str
    description: str


class ChangedGraphView(NewGraphView):
    id: UUID
    graphs: dict[str, str]


class DrawnGraphView(BaseModel):
    id: UUID
    name: str | None
    description: str | None
    graphs: list[Graph]
    ticks: Ticks
    releases_filters: list[str]


class TestName(BaseModel):
    __test__ = False

    name: str | None


class ViewGraphs(BaseModel):
    status: Literal["ok"]
    response: dict[str, list[DrawnGraphView]]
    tests_details: dict[str, TestName]
