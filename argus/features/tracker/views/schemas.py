"""What the routes of this folder take and answer, for the documentation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class ApiVersion(BaseModel):
    version: str = Field(examples=["v1"])


class ViewCreateBody(BaseModel):
    name: str = Field(description="part of the view's address", examples=["nightly"])
    items: list[str] = Field(examples=[["release:c396f918-590b-4c87-8f73-cf64067b4d0a"]])
    settings: str = Field(description="JSON list of widgets", examples=["[]"])
    description: str | None = None
    displayName: str | None = None


class ViewUpdateBody(BaseModel):
    viewId: UUID
    updateData: dict[str, Any] = Field(examples=[{"items": [], "display_name": "Nightly"}])


class ViewDeleteBody(BaseModel):
    viewId: UUID


class SearchAnswer(BaseModel):
    hits: list[dict[str, Any]]
    total: int
