"""What the routes of this folder take, for the documentation."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field


class IssueBody(BaseModel):
    issue_url: str = Field(examples=["https://github.com/scylladb/scylladb/issues/1", "https://example.atlassian.net/browse/ABC-12"])


class UnlinkBody(BaseModel):
    issue_id: UUID
    run_id: UUID


class Unlinked(BaseModel):
    deleted: UUID | list[UUID] = Field(description="the issue, or `[run, issue]` when other runs still link to it")
