"""Shapes of workspaces, their members, users and events."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from argus.platform.responses import Time

ULID = "01JZ3N9M0V6Q3W8K1T5B7C2D4E"
UUID = "c396f918-590b-4c87-8f73-cf64067b4d0a"

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")]
Role = Literal["owner", "member"]


class WorkspaceBody(BaseModel):
    """A workspace to make. With a team, its leader becomes an owner and its members members."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "2025.3 sign-off", "release_id": None, "team_id": None}})

    name: Name
    release_id: Id | None = None
    team_id: Id | None = None


class WorkspaceChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "2025.3 final"}})

    name: Name | None = None
    release_id: Id | None = None
    team_id: Id | None = None


class WorkspaceView(BaseModel):
    """A workspace, as its caller sees it."""

    workspace_id: str = Field(examples=[ULID])
    name: str = Field(examples=["2025.3 sign-off"])
    release_id: str | None = None
    team_id: str | None = None
    role: str | None = Field(examples=["owner"], description="The caller's; null for administrators who are no members")
    is_default: bool = False
    permissions: list[str] = Field(examples=[["documents:read"]])
    created_at: Time


class MemberBody(BaseModel):
    """Somebody to add."""

    model_config = ConfigDict(json_schema_extra={"example": {"user_id": UUID, "role": "member"}})

    user_id: Id
    role: Role = "member"


class RoleBody(BaseModel):
    """The role to have from now on."""

    model_config = ConfigDict(json_schema_extra={"example": {"role": "owner"}})

    role: Role


class MemberView(BaseModel):
    """Who belongs to a workspace."""

    user_id: str = Field(examples=[UUID])
    username: str | None = Field(examples=["ann"], description="null where the account is gone")
    role: Role
    joined_at: Time
