"""Shapes of health."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from argus.platform.responses import Time


class Component(BaseModel):
    """A part that Argus needs. `detail` is for those who are logged in."""

    name: str = Field(examples=["storage"])
    status: Literal["ok", "unavailable"]
    latency_ms: float | None = None
    detail: str | None = None


class Health(BaseModel):
    """How Argus is."""

    status: Literal["ok", "degraded", "unavailable"]
    timestamp: Time
    version: str = Field(examples=["1.4.0"])
    environment: str = Field(examples=["production"])
    components: list[Component]
