"""What the page of the jobs is told. Times are text in UTC, as `argus jobs` shows them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class JobRow(BaseModel):
    job: str = Field(examples=["issues"])
    does: str
    state: str = Field(description="`on`, `off`, `paused` or `running`")
    schedule: str = Field(examples=["every 5 min"])
    next: str | None
    last: str | None = Field(description="when its last turn began")
    outcome: str | None = Field(description="`done`, `failed` or `stopped`")
    result: str | None
    error: str | None


class RemoteRow(BaseModel):
    remote: str = Field(examples=["GitHub"])
    process: str = Field(description="host and process id of the one that sees it so")
    state: str = Field(description="`asked`, `left alone` after failures in a row, or `wants no request`")
    until: str | None = Field(description="when it may be asked again, where it said so")
    waiting: int = Field(description="callers that wait for a place")
    last_success: str | None
    last_error_at: str | None
    last_error: str | None


class MailRow(BaseModel):
    id: str
    to: str | None
    subject: str | None
    tries: int
    next: str | None = Field(description="when it is tried again, or `given up`")
    error: str | None


class Overview(BaseModel):
    jobs: list[JobRow]
    remotes: list[RemoteRow]
    mails: list[MailRow] = Field(description="those that wait or were given up, a hundred at most")


class Turn(BaseModel):
    started: str | None
    seconds: float | None
    outcome: str | None
    result: str | None
    error: str | None
    holder: str | None
