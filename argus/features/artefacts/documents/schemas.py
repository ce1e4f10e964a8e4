"""Documents as they are sent and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from argus.platform.responses import EventView, Time

ULID = "01JZ8Q4T6V9X2B3C5D7F8G9H0J"
UUID = "c396f918-590b-4c87-8f73-cf64067b4d0a"
MOMENT = "2026-03-01T10:00:00.000Z"


class DocumentView(BaseModel):
    """A document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "document_id": ULID,
                    "workspace_id": ULID,
                    "original_filename": "latency.pdf",
                    "content_type": "application/pdf",
                    "byte_size": 182044,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "document_type": "performance_report",
                    "run_id": UUID,
                    "test_id": None,
                    "release_id": None,
                    "metadata": {"build": "2026.1.0"},
                    "produced_by_job_id": None,
                    "created_by": UUID,
                    "created_at": MOMENT,
                    "updated_at": MOMENT,
                    "expires_at": None,
                    "deleted_at": None,
                    "download_url": f"/documents/{ULID}/download",
                    "duplicate": False,
                }
            ]
        }
    )

    document_id: str
    workspace_id: str
    original_filename: str
    content_type: str
    byte_size: int
    sha256: str
    document_type: str | None
    run_id: str | None
    test_id: str | None
    release_id: str | None
    metadata: dict[str, Any]
    produced_by_job_id: str | None
    created_by: str
    created_at: Time
    updated_at: Time
    expires_at: Time | None
    deleted_at: Time | None
    download_url: str
    duplicate: bool = Field(False, description="The same content was there already, in this workspace and for this run")


class DocumentPage(BaseModel):
    """Documents, the newest first."""

    items: list[DocumentView]
    next_cursor: str | None = None


class DocumentChange(BaseModel):
    """What is to change of a document; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"metadata": {"build": "2026.1.1"}, "document_type": "performance_report"}]}
    )

    metadata: dict[str, Any] | None = Field(None, description="Replaces what was there; at most 16 KiB as JSON")
    document_type: str | None = Field(None, min_length=1, max_length=120)
    expires_at: datetime | None = Field(None, description="When it is to go; null: never")


class DocumentDeletion(BaseModel):
    """Why a document goes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "uploaded by mistake"}]})

    reason: str | None = Field(None, max_length=1000)


class DocumentSummary(BaseModel):
    """What a timeline says of the document that it is about."""

    document_id: str
    original_filename: str = Field(examples=["latency.pdf"])
    content_type: str = Field(examples=["application/pdf"])
    deleted_at: Time | None


class DocumentTimeline(BaseModel):
    """What happened to a document, the newest first."""

    items: list[EventView]
    entity: DocumentSummary
    next_cursor: str | None = None
