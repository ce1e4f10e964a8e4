"""The shape of a message, for the documentation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Event(BaseModel):
    """One change."""

    type: str = Field(examples=["run"], description="what changed; `resync`: look at everything again")
    topic: str = Field(examples=["run:c396f918-590b-4c87-8f73-cf64067b4d0a"])
    seq: int = Field(description="rises in each topic; for `since`")
    at: datetime
    data: dict[str, Any]
