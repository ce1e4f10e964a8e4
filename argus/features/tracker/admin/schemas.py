"""What the routes of this folder take and answer. Bodies are strict unless they say otherwise: no key missing, none beyond."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.features.tracker.catalogue.schemas import Group, Release, Test


class AdminApiVersion(BaseModel):
    version: Literal["v1"]


class CatalogueUpdated(BaseModel):
    updated: Literal[True]


class CatalogueDeleted(BaseModel):
    deleted: Literal[True]


class Moved(BaseModel):
    moved: Literal[True]


class NewRelease(BaseModel):
    new_release: Release


class NewGroup(BaseModel):
    new_group: Group


class NewTest(BaseModel):
    new_test: Test


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CreateReleaseBody(Strict):
    release_name: str = Field(examples=["scylla-6.0"])
    pretty_name: str | None = Field(examples=["Scylla 6.0"])
    perpetual: bool | None


class PerpetualBody(Strict):
    release_id: UUID
    perpetual: bool


class StateBody(Strict):
    release_id: UUID
    state: bool = Field(description="enabled")


class DormantBody(Strict):
    release_id: UUID
    dormant: bool


class EditReleaseBody(BaseModel):
    """Keys beyond these are ignored."""

    id: UUID
    pretty_name: str | None
    description: str | None
    valid_version_regex: str | None
    enabled: bool | None
    perpetual: bool | None
    dormant: bool | None


class DeleteReleaseBody(BaseModel):
    releaseId: UUID


class CreateGroupBody(Strict):
    group_name: str | None
    pretty_name: str | None
    build_system_id: str | None = Field(examples=["scylla-6.0/longevity"])
    release_id: UUID


class UpdateGroupBody(Strict):
    group_id: UUID
    name: str | None
    pretty_name: str | None
    enabled: bool | None
    build_system_id: str | None


class DeleteGroupBody(Strict):
    group_id: UUID
    delete_tests: bool = True
    new_group_id: UUID | Literal[""] = Field("", description="where the tests go when they are not deleted")


class CreateTestBody(Strict):
    test_name: str | None
    pretty_name: str | None
    build_id: str | None = Field(examples=["scylla-6.0/longevity/100gb"])
    build_url: str | None
    group_id: UUID
    release_id: UUID
    plugin_name: str | None = Field(examples=["scylla-cluster-tests"])


class UpdateTestBody(Strict):
    test_id: UUID
    name: str | None
    pretty_name: str | None
    plugin_name: str | None
    enabled: bool | None
    build_system_id: str | None
    build_system_url: str | None
    group_id: UUID


class MoveTestsBody(Strict):
    new_group_id: UUID
    tests: list[UUID]


class DeleteTestBody(Strict):
    test_id: UUID


class ToggleBody(BaseModel):
    entityId: UUID
    state: bool = Field(description="enabled")


class User(BaseModel):
    """A user, as administrators see one."""

    id: UUID
    username: str | None
    full_name: str | None
    email: str | None
    registration_date: datetime | None
    roles: list[str] = Field(examples=[["ROLE_USER"]])
    picture_id: UUID | None
    service_user: bool | None


class EmailBody(BaseModel):
    newEmail: str = Field(examples=["bob@example.com"])


class PasswordBody(BaseModel):
    newPassword: str = Field(min_length=5)
