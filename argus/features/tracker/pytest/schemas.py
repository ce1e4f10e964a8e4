"""Bodies and answers of the pytest routes, as the API's document shows them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

NODE_ID = "test_topology.py::test_add_node"


class PytestBody(BaseModel):
    """The result of one test."""

    name: str = Field(description="node id", examples=[NODE_ID])
    timestamp: float = Field(description="Unix seconds at the end of the test", examples=[1704110400.25])
    session_timestamp: float = Field(description="Unix seconds at the start of the session", examples=[1704110000])
    test_type: str = Field(examples=["dtest"])
    run_id: str = Field(json_schema_extra={"format": "uuid"}, description="a generic run")
    status: str = Field(examples=["passed"])
    markers: list[str] = Field(examples=[["tier1"]])
    duration: float | None = Field(None, description="seconds", examples=[1.5])
    message: str | None = ""
    user_fields: dict[str, str] = Field({}, examples=[{"SCYLLA_MODE": "release"}])


class Submitted(BaseModel):
    name: str = Field(examples=[NODE_ID])
    id: datetime


class PytestResult(BaseModel):
    name: str = Field(examples=[NODE_ID])
    status: str = Field(examples=["failure & error"])
    id: datetime = Field(description="the time of the result")
    test_type: str | None
    run_id: UUID | None
    test_id: UUID | None
    release_id: UUID | None
    duration: float | None
    message: str | None
    test_timestamp: datetime | None
    session_timestamp: datetime | None
    markers: list[str]


class Hit(BaseModel):
    """A result that was found; `user_fields` only when the search looked at them."""

    name: str
    status: str
    id: datetime
    test_type: str | None
    run_id: UUID | None
    test_id: UUID | None
    duration: float | None
    message: str | None
    session_timestamp: datetime | None
    markers: list[str] | None
    user_fields: dict[str, str | None] | None = None


class Dataset(BaseModel):
    label: str = Field(examples=["passed"])
    data: list[int] = Field(examples=[[1, 0]])


class BarChart(BaseModel):
    labels: list[str] = Field(examples=[["2024-01-01", "2024-01-02"]])
    datasets: list[Dataset]


class Found(BaseModel):
    """Totals and charts of every match, and the newest matches."""

    total: int
    hits: list[Hit]
    pieChart: dict[str, int] = Field(examples=[{"passed": 2}])
    barChart: BarChart


Statistics = dict[str, dict[str, dict[str, float | int | str | None]]]


class ResultKey(BaseModel):
    name: str = Field(description="node id", examples=[NODE_ID])
    id: str = Field(description="its time, ISO 8601", examples=["2026-01-01T00:00:00.000Z"])


class ResultKeys(BaseModel):
    results: list[ResultKey] = Field(max_length=100)
