"""Entries of the catalogue, and what the routes of this folder take and answer."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Release(BaseModel):
    """A product line. Names may contain `/`."""

    id: UUID
    name: str | None = Field(examples=["scylla-6.0"])
    pretty_name: str | None = Field(description="shown instead of the name", examples=["Scylla 6.0"])
    description: str | None
    github_repo_url: str | None
    valid_version_regex: str | None
    assignee: list[UUID]
    picture_id: UUID | None
    enabled: bool | None = Field(description="hidden when false")
    perpetual: bool | None = Field(description="has no end")
    dormant: bool | None = Field(description="archived: no statistics, sorted last")


class Group(BaseModel):
    """A folder of tests."""

    id: UUID
    release_id: UUID | None
    name: str | None = Field(examples=["longevity"])
    pretty_name: str | None = Field(description="shown instead of the name", examples=["Longevity"])
    description: str | None
    assignee: list[UUID]
    build_system_id: str | None = Field(description="the folder's path in the build system", examples=["scylla-6.0/longevity"])
    enabled: bool | None = Field(description="hidden when false")


class Test(BaseModel):
    """A job of the build system."""

    __test__ = False

    id: UUID
    group_id: UUID | None
    release_id: UUID | None
    name: str | None = Field(examples=["longevity-100gb-4h"])
    pretty_name: str | None = Field(description="shown instead of the name")
    description: str | None
    assignee: list[UUID]
    build_system_id: str | None = Field(description="the job's path, `build_id` of its runs", examples=["scylla-6.0/longevity/100gb"])
    enabled: bool | None = Field(description="hidden when false")
    build_system_url: str | None
    plugin_name: str | None = Field(description="the type of its runs", examples=["scylla-cluster-tests"])
    plugin_subtype: str | None


class TestPlace(BaseModel):
    """A test and where it belongs."""

    __test__ = False

    test: Test
    group: Group
    release: Release


class Version(BaseModel):
    commit_id: str = Field(description="what is deployed", examples=["89e05e0f1c5d4e3b2a19087766554433221100ff"])


class PluginBody(BaseModel):
    plugin_name: str | None = Field(examples=["generic"])


class NewGroup(BaseModel):
    pretty_name: str | None = None
    tests: list[str] = []


class NewRelease(BaseModel):
    groups: dict[str, NewGroup]


class NewReleases(BaseModel):
    """Releases by name."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"example": {"scylla-6.0": {"groups": {"artifacts": {"tests": ["centos", "ubuntu"]}}}}}
    )
    __pydantic_extra__: dict[str, NewRelease]


class CreatedGroup(BaseModel):
    status: str
    tests: dict[str, str]


class CreatedRelease(BaseModel):
    """`groups` of a release that was created; `status` and `message` of one that was not."""

    groups: dict[str, CreatedGroup] | None = None
    status: str | None = None
    message: str | None = None
