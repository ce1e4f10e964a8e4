"""Configurations as they are sent and answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from argus.features.artefacts.documents.schemas import MOMENT, ULID
from argus.features.artefacts.extraction.columns import LONGEST_NAME, LONGEST_PATTERN, compiled
from argus.features.artefacts.extraction.processors.model import MAX_COLUMNS, MAX_ROWS, Range
from argus.platform.responses import EventView, Time

PAYLOAD: dict[str, Any] = {
    "processor": "auto",
    "pages": "1-20",
    "min_rows": 2,
    "header": "first_row",
    "columns": [{"match": "P99.*", "name": "P99 read", "type": "FLOAT", "unit": "ms", "higher_is_better": False}],
    "publish": {"table": "write - latencies", "row_column": "op"},
}


class ColumnRule(BaseModel):
    """What is known of the columns whose header matches."""

    model_config = ConfigDict(extra="forbid")

    match: str = Field(min_length=1, max_length=LONGEST_PATTERN, description="An RE2 expression for the whole header")
    name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME, description="The column's name; else its header")
    type: Literal["TEXT", "FLOAT", "INTEGER", "DURATION"] = "TEXT"
    unit: str = Field("", max_length=40)
    higher_is_better: bool | None = Field(None, description="Which values are records; null: none are kept")

    @field_validator("match")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        compiled(value)
        return value


class PublishRule(BaseModel):
    """Where tables go when they are published."""

    model_config = ConfigDict(extra="forbid")

    table: str | None = Field(None, min_length=1, max_length=200, description="Name of the result table")
    row_column: str | None = Field(None, min_length=1, max_length=LONGEST_NAME, description="The column that names the rows")


class Payload(BaseModel):
    """How tables are read."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [PAYLOAD]})

    processor: Literal["auto", "csv", "xlsx", "pdf", "html", "json", "ndjson", "junit", "text", "stub"] = "auto"
    pages: str = Field("", max_length=200, description="Pages of a PDF, sheets of a spreadsheet: `1-20`, `3`, `2-`; empty: all")
    tables: str = Field("", max_length=200, description="Which of the tables found, by number; empty: all")
    min_rows: Annotated[int, Field(ge=0, le=MAX_ROWS)] = 0
    header: Literal["first_row", "none"] = "first_row"
    columns: list[ColumnRule] = Field(default_factory=list, max_length=MAX_COLUMNS)
    publish: PublishRule = Field(default_factory=PublishRule)

    @field_validator("pages", "tables")
    @classmethod
    def _is_range(cls, value: str) -> str:
        Range.of(value)
        return value


class NewConfiguration(BaseModel):
    """A configuration to be made: the next version of its document type."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"document_type": "performance_report", "title": "p99 tables", "payload": PAYLOAD}]},
    )

    document_type: str = Field(min_length=1, max_length=120)
    title: str = Field(min_length=1, max_length=120)
    payload: Payload


class ConfigurationView(BaseModel):
    """A version of a configuration."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "configuration_id": ULID,
                    "workspace_id": ULID,
                    "document_type": "performance_report",
                    "title": "p99 tables",
                    "version": 3,
                    "is_active": True,
                    "activated_at": MOMENT,
                    "payload": PAYLOAD,
                    "created_at": MOMENT,
                }
            ]
        }
    )

    configuration_id: str
    workspace_id: str
    document_type: str
    title: str
    version: int
    is_active: bool
    activated_at: Time | None
    payload: dict[str, Any]
    created_at: Time


class ConfigurationPage(BaseModel):
    """Configurations, the newest first."""

    items: list[ConfigurationView]
    next_cursor: str | None = None


class ConfigurationTimeline(BaseModel):
    """What happened to a configuration, the newest first."""

    items: list[EventView]
    entity: ConfigurationView
    next_cursor: str | None = None
