"""Shapes of keys, tokens and users."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from argus.platform.access import SCOPES
from argus.platform.responses import Time

UUID = "c396f918-590b-4c87-8f73-cf64067b4d0a"
ULID = "01JZ3N9M0V6Q3W8K1T5B7C2D4E"

UserId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")]


class TokenAnswer(BaseModel):
    """A bearer token."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiJ9…"])
    token_type: str = "bearer"  # noqa: S105
    expires_in: int = Field(examples=[3600], description="seconds")


class KeyBody(BaseModel):
    """A key to make: for oneself, or, as an administrator, for somebody else."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"label": "nightly uploader", "expires_in_days": 90, "scopes": ["documents:write", "jobs:write"]}}
    )

    user_id: UserId | None = None
    email: Annotated[str, Field(max_length=320)] | None = None
    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = 90
    scopes: Annotated[list[str], Field(min_length=1, max_length=40)] = ["*"]

    @field_validator("scopes")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        if unknown := sorted(set(value) - SCOPES):
            raise ValueError(f"unknown scopes: {', '.join(unknown)[:200]}")
        return sorted(set(value))


class KeyView(BaseModel):
    """A key, without what proves it."""

    api_key_id: str = Field(examples=[ULID])
    token_prefix: str = Field(examples=["7f3a9c21"])
    label: str = Field(examples=["nightly uploader"])
    user_id: str = Field(examples=[UUID])
    scopes: list[str] = Field(examples=[["documents:write", "jobs:write"]])
    created_at: Time
    expires_at: Time | None
    last_seen_at: Time | None = None
    last_seen_ip: str | None = None
    revoked_at: Time | None = None


class NewKey(KeyView):
    """A key that was just made. `api_key` is shown here and nowhere else."""

    api_key: str = Field(examples=["argk_7f3a9c21_pT…"])


class MyWorkspace(BaseModel):
    """A workspace of the caller's."""

    workspace_id: str
    name: str = Field(examples=["2026.1 sign-off"])
    role: str = Field(examples=["owner"])
    is_default: bool


class UserView(BaseModel):
    """An account."""

    user_id: str = Field(examples=[UUID])
    username: str | None = Field(examples=["ann"])
    email: str | None = Field(examples=["ann@example.org"])
    full_name: str | None = Field(examples=["Ann B"])
    roles: list[str] = Field(examples=[["ROLE_USER"]])
    service_user: bool = False
    created_at: Time | None = None


class Me(BaseModel):
    """Who calls, and how that is known."""

    user_id: str = Field(examples=[UUID])
    username: str | None = Field(examples=["ann"])
    email: str | None = Field(examples=["ann@example.org"])
    full_name: str | None = Field(examples=["Ann B"])
    roles: list[str] = Field(examples=[["ROLE_USER"]])
    auth_method: str = Field(examples=["api_key"])
    api_key_id: str | None
    workspaces: list[MyWorkspace]
