"""What the routes of this folder answer."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ArtifactSize(BaseModel):
    artifactSize: int | None = Field(description="bytes; null when the server does not say", examples=[1048576])
