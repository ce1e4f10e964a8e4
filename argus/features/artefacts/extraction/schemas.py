"""Jobs and tables as they are sent and answered."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from argus.features.artefacts.documents.schemas import MOMENT, ULID, UUID
from argus.platform.responses import EventView, Time

JobStatus = Literal["pending", "running", "success", "failed", "cancelled"]

JOB: dict[str, Any] = {
    "job_id": ULID,
    "workspace_id": ULID,
    "document_id": ULID,
    "configuration_id": ULID,
    "configuration_version": 3,
    "status": "success",
    "attempt": 1,
    "retry_of": None,
    "created_by": UUID,
    "created_at": MOMENT,
    "started_at": MOMENT,
    "completed_at": MOMENT,
    "duration_ms": 812,
    "metrics": {"tables": 2, "rows": 140, "pages": 6},
    "logs": [{"at": MOMENT, "level": "info", "message": "2 tables"}],
    "error": None,
    "exports": [{"table_id": ULID, "document_id": ULID, "error": None}],
}
TABLE: dict[str, Any] = {
    "table_id": ULID,
    "job_id": ULID,
    "document_id": ULID,
    "sequence_index": 0,
    "title": "Write latencies",
    "row_count": 70,
    "columns": [{"name": "P99 read", "type": "FLOAT", "unit": "ms", "higher_is_better": False}],
    "sample_rows": [{"P99 read": "4.2"}],
    "metadata": {"page": 3, "bbox": [72, 90, 520, 610]},
    "created_at": MOMENT,
    "export": {"document_id": ULID, "download_url": f"/jobs/{ULID}/tables/{ULID}/export"},
    "published": [],
}


class NewJob(BaseModel):
    """A document to take tables from.

    Without a configuration the active one of `document_type` is taken, else that of the document's own type, else one that takes every
    table as it is.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"document_id": ULID, "configuration_id": ULID}]})

    document_id: str = Field(min_length=1, max_length=40)
    configuration_id: str | None = Field(None, min_length=1, max_length=40)
    document_type: str | None = Field(None, min_length=1, max_length=120)

    @model_validator(mode="after")
    def _names_one(self) -> NewJob:
        if self.configuration_id and self.document_type:
            raise ValueError("configuration_id and document_type exclude each other")
        return self


class LogLine(BaseModel):
    """What a job says of itself."""

    at: Time
    level: Literal["info", "warning", "error"]
    message: str


class Export(BaseModel):
    """The CSV of a table, or why there is none."""

    table_id: str
    document_id: str | None
    error: str | None = None


class JobView(BaseModel):
    """A job."""

    model_config = ConfigDict(json_schema_extra={"examples": [JOB]})

    job_id: str
    workspace_id: str
    document_id: str
    configuration_id: str
    configuration_version: int
    status: JobStatus
    attempt: int
    retry_of: str | None
    created_by: str
    created_at: Time
    started_at: Time | None
    completed_at: Time | None
    duration_ms: int | None
    metrics: dict[str, Any]
    logs: list[LogLine]
    error: dict[str, Any] | None
    exports: list[Export]


class JobPage(BaseModel):
    """Jobs, the newest first."""

    items: list[JobView]
    next_cursor: str | None = None


class JobTimeline(BaseModel):
    """What happened to a job, the newest first."""

    items: list[EventView]
    entity: dict[str, Any] = Field(examples=[{"job_id": ULID, "document_id": ULID, "status": "success"}])
    next_cursor: str | None = None


class ColumnView(BaseModel):
    """A column."""

    name: str
    type: str
    unit: str
    higher_is_better: bool | None = None


class ExportLink(BaseModel):
    """Where a table's CSV is."""

    document_id: str
    download_url: str


class Published(BaseModel):
    """A run among whose results a table stands."""

    run_id: str
    name: str
    published_at: Time


class TableView(BaseModel):
    """A table, without its rows."""

    model_config = ConfigDict(json_schema_extra={"examples": [TABLE]})

    table_id: str
    job_id: str
    document_id: str
    sequence_index: int
    title: str
    row_count: int
    columns: list[ColumnView]
    sample_rows: list[dict[str, str]]
    metadata: dict[str, Any]
    created_at: Time
    export: ExportLink | None
    published: list[Published]


class TablePage(BaseModel):
    """Tables, in the order of their document."""

    items: list[TableView]
    next_cursor: str | None = None


class RowView(BaseModel):
    """A row: cells as text, and what they mean in a column of their type; null where nothing stands or the text is no such value."""

    row_index: int
    cells: list[str]
    values: list[float | int | str | None]


class RowPage(BaseModel):
    """Rows of a table. A page is shorter than asked for where rows are long: 4 MiB of them at most."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "columns": [{"name": "P99 read", "type": "FLOAT", "unit": "ms", "higher_is_better": False}],
                    "items": [{"row_index": 0, "cells": ["4.2"], "values": [4.2]}],
                    "next_cursor": None,
                }
            ]
        }
    )

    columns: list[ColumnView]
    items: list[RowView]
    next_cursor: str | None = None


class Publication(BaseModel):
    """A run to whose results a table is to be added."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"run_id": UUID, "name": "write - latencies", "row_column": "op", "sut_timestamp": 0}]},
    )

    run_id: str = Field(min_length=1, max_length=60)
    name: str | None = Field(
        None, min_length=1, max_length=200, description="The result table; else as the configuration says, else the title"
    )
    row_column: str | None = Field(None, min_length=1, max_length=200, description="The column that names the rows; else the first")
    sut_timestamp: float = Field(
        0, ge=0, le=4e9, description="When the software under test was built, in seconds; 0: as the run's packages say"
    )
