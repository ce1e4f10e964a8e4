"""Bodies and answers of the generic run routes, as the API's document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.enums import TestStatus


class RunBody(BaseModel):
    """A new run. Which further keys there are depends on its type; the example is a generic run's."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "schema_version": "v1",
                "run_id": "c396f918-590b-4c87-8f73-cf64067b4d0a",
                "build_id": "release/group/unit-tests",
                "build_url": "https://jenkins.example.com/job/release/job/unit-tests/7/",
                "started_by": "jenkins-user",
                "sub_type": "pytest",
                "scylla_version": "6.2.0-0.20240901.abcdef",
            }
        },
    )

    run_id: str = Field(json_schema_extra={"format": "uuid"}, description="chosen by the client; a known one changes nothing")


class NewStatusBody(BaseModel):
    new_status: TestStatus


class VersionBody(BaseModel):
    product_version: str = Field(examples=["6.2.0-0.20240901.abcdef"])


class Log(BaseModel):
    log_name: str = Field(examples=["db-cluster"])
    log_link: str = Field(examples=["https://bucket.s3.amazonaws.com/run/db-cluster.tar.zst"])


class LogsBody(BaseModel):
    logs: list[Log]


class FinalizeBody(BaseModel):
    """How a run ended; everything may be left out."""

    end_time: float | None = Field(None, description="Unix seconds; now, when left out", examples=[1704117600])
    status: str | None = Field(None, description="generic and driver matrix runs", examples=["passed"])
    scylla_version: str | None = Field(None, description="generic runs", examples=["6.2.0-0.20240901.abcdef"])


class ConfigurationBody(BaseModel):
    name: str = Field(examples=["sct_config"])
    content: str = Field(description="UTF-8 text in base64", examples=["eyJuX2RiX25vZGVzIjogM30="])


class Configuration(BaseModel):
    run_id: UUID
    name: str
    content: str | None


class ActivityEvent(BaseModel):
    """An entry of the activity log; `body` is JSON text."""

    id: UUID
    release_id: UUID | None
    group_id: UUID | None
    test_id: UUID | None
    run_id: UUID | None
    user_id: UUID | None
    kind: str
    body: str
    created_at: datetime


class RunActivity(BaseModel):
    """The activity of a run, oldest first; `events` is the readable text by the event's id."""

    run_id: UUID
    raw_events: list[ActivityEvent]
    events: dict[str, str]


class Place(BaseModel):
    """Where a run stands in the catalogue; empty when no test has its job."""

    test: ArgusTest | None = None
    group: ArgusGroup | None = None
    release: ArgusRelease | None = None


class RunInfo(BaseModel):
    """A run of any type, with context."""

    plugin_name: str = Field(examples=["generic"])
    test_run: dict[str, Any] = Field(description="every column of the run")
    test_info: Place
    comments: list[ArgusTestRunComment]
    activity: RunActivity
