"""What the routes of this folder take and answer."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Team(BaseModel):
    id: UUID
    name: str | None = Field(examples=["Longevity"])
    leader: UUID | None
    members: list[UUID] = Field(description="the leader first")
    motd: str | None = Field(description="message of the day, Markdown", examples=["# Today"])


class CreateBody(BaseModel):
    name: str | None
    leader: UUID
    members: list[UUID]


class EditBody(BaseModel):
    id: UUID = Field(description="which team; the one in the path is only echoed")
    name: str | None
    members: list[UUID]


class MotdBody(BaseModel):
    id: UUID = Field(description="which team; the one in the path is only echoed")
    motd: str | None


class TeamDeleted(BaseModel):
    team_id: str
    status: Literal["deleted"]


class TeamUpdated(BaseModel):
    team_id: str
    status: Literal["updated"]


class TeamEdited(TeamUpdated):
    team: Team
