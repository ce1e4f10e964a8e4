"""Response models that extensions share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

T = TypeVar("T")


def written(moment: datetime) -> str:
    """A time as it is told: UTC, ISO 8601 with `Z`, milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Time = Annotated[
    datetime,
    PlainSerializer(written, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-01T10:00:00.000Z"]}),
]
"""A time in a response."""


class DefaultResponse(BaseModel):
    """Something was done, and there is nothing else to tell."""

    status: str = "ok"
    message: str

    model_config = ConfigDict(json_schema_extra={"example": {"status": "ok", "message": "Done"}})


class Page(BaseModel, Generic[T]):
    """A part of a list. `next_cursor` leads to the next one, and is null at the end."""

    items: list[T]
    next_cursor: str | None = None


class FieldProblem(BaseModel):
    """What is wrong with a part of a request."""

    loc: list[Any]
    msg: str
    type: str


class ErrorBody(BaseModel):
    """An error. `error` and `detail` hold the same text, for clients of either habit."""

    error: str
    code: str
    detail: str
    request_id: str
    errors: list[FieldProblem] = Field(default_factory=list)

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "error": "Document not found",
                "code": "document_not_found",
                "detail": "Document not found",
                "request_id": "01JZ3N9M0V6Q3W8K1T5B7C2D4E",
                "errors": [],
            }
        },
    )


class EventView(BaseModel):
    """An entry of the timeline."""

    model_config = ConfigDict(from_attributes=True)

    event_id: str
    event_type: str = Field(examples=["document.uploaded"])
    entity_type: str = Field(examples=["document"])
    entity_id: str
    workspace_id: str | None
    occurred_at: Time
    actor_type: str = Field(examples=["user"], description="user, api_key or system")
    actor_id: str | None
    actor_label: str | None = Field(examples=["ann"])
    source: str = Field(examples=["api"], description="api, worker or scheduler")
    request_id: str | None
    payload: dict[str, Any] = Field(examples=[{"byte_size": 182044}])
