"""Shapes of events' filters and of maintenance."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from argus.platform.responses import Time


class PurgeBody(BaseModel):
    """What to remove for good."""

    model_config = ConfigDict(json_schema_extra={"example": {"dry_run": True, "older_than_days": 30}})

    dry_run: bool = True
    older_than_days: Annotated[int, Field(ge=1, le=3650)] = 30


class PurgeAccepted(BaseModel):
    """It is done by the queue."""

    work_id: str = Field(examples=["01JZ3N9M0V6Q3W8K1T5B7C2D4E"])
    status: str = "queued"


class PurgeResult(BaseModel):
    """What the last purge did."""

    work_id: str
    state: str
    dry_run: bool
    finished_at: Time | None
    removed: dict[str, int]
    error: dict[str, Any] | None = None


class MaintenanceStatus(BaseModel):
    """How much there is."""

    last_purge: PurgeResult | None
    queue: dict[str, dict[str, int]] = Field(examples=[{"extraction": {"queued": 2, "leased": 1}}])
    files: dict[str, int] = Field(examples=[{"objects": 120, "bytes": 48_211_000}])
    orphans: int = Field(examples=[0])
