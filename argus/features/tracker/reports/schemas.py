"""The body of the report routes, as the API's document shows it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ReportSection(BaseModel):
    type: str = Field(examples=["events"])
    options: dict[str, Any] = Field(examples=[{"amount_per_severity": 10, "severity_filter": ["CRITICAL"]}])


class ReportAttachment(BaseModel):
    filename: str = Field(examples=["summary.txt"])
    data: str = Field(description="base64", examples=["aGVsbG8="])


class ReportBody(BaseModel):
    """A report of a run; an empty list of sections stands for the default ones."""

    model_config = ConfigDict(extra="forbid")

    schema_version: str | None = Field(examples=["v8"])
    run_id: str = Field(json_schema_extra={"format": "uuid"})
    title: str = Field(description="`#auto` is made from status, job, build and start", examples=["#auto"])
    recipients: list[str] = Field(examples=[["team@example.com"]])
    sections: list[str | ReportSection]
    attachments: list[ReportAttachment]
