"""What health checks answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Alive(BaseModel):
    status: Literal["ok"]


class Ready(BaseModel):
    status: Literal["ok"]


class NotReady(BaseModel):
    """Exactly one of `worker` and `database` says why."""

    status: Literal["error"]
    worker: str | None = Field(None, examples=["draining"])
    database: str | None = Field(None, description="class of the database's error", examples=["OperationTimedOut"])
