"""What is tested: releases, their groups, and the tests (jobs of the build system) in them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import Indexed, PartitionKey, Row


class ArgusRelease(Row, table="argus_release_v2"):
    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    name: Annotated[str | None, Indexed()] = None
    pretty_name: str | None = None
    description: str | None = None
    github_repo_url: str | None = None
    valid_version_regex: str | None = None
    assignee: list[UUID] = []
    picture_id: UUID | None = None
    enabled: bool | None = True
    perpetual: bool | None = False
    dormant: bool | None = False


class ArgusGroup(Row, table="argus_group_v2"):
    """`build_system_id` is the folder's path in the build system."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    release_id: Annotated[UUID | None, Indexed()] = None
    name: Annotated[str | None, Indexed()] = None
    pretty_name: str | None = None
    description: str | None = None
    assignee: list[UUID] = []
    build_system_id: str | None = None
    enabled: bool | None = True


class ArgusTest(Row, table="argus_test_v2"):
    """A job; a run belongs to the test whose `build_system_id` is the run's `build_id`. `plugin_name` is the type of its runs."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    group_id: Annotated[UUID | None, Indexed()] = None
    release_id: Annotated[UUID | None, Indexed()] = None
    name: Annotated[str | None, Indexed()] = None
    pretty_name: str | None = None
    description: str | None = None
    assignee: list[UUID] = []
    build_system_id: Annotated[str | None, Indexed()] = None
    enabled: bool | None = True
    build_system_url: str | None = None
    plugin_name: str | None = None
    plugin_subtype: str | None = None
