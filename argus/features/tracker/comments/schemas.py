"""What the routes of this folder take, for the documentation."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field


class CommentBody(BaseModel):
    message: str = Field(description="Markdown; `@name` tells that user", examples=["Same as yesterday, @bob"])
    reactions: dict[str, int] = Field(examples=[{}])
    mentions: list[UUID] = Field(description="users to tell beside those whom the message names", examples=[[]])
