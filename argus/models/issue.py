"""GitHub and Jira issues, and their links to runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.kit.clock import now
from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row
from argus.storage.types import BigInt, Udt


class IssueLabel(Udt, name="issue_label"):
    """`color` is hex without `#`."""

    id: BigInt | None = None
    name: str | None = None
    color: str | None = None
    description: str | None = None


class IssueAssignee(Udt, name="issue_assignee"):
    login: str | None = None
    html_url: str | None = None


class GithubIssue(Row, table="github_issue"):
    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    user_id: Annotated[UUID | None, Indexed()] = None
    type: str | None = None
    owner: str | None = None
    repo: str | None = None
    number: int | None = None
    state: str | None = None
    title: str | None = None
    labels: list[IssueLabel] = []
    assignees: list[IssueAssignee] = []
    url: Annotated[str | None, Indexed()] = None
    added_on: datetime | None = Field(default_factory=now)


class JiraIssue(Row, table="jira_issue"):
    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    user_id: Annotated[UUID | None, Indexed()] = None
    summary: str | None = None
    key: str | None = None
    state: str | None = None
    project: str | None = None
    permalink: Annotated[str | None, Indexed()] = None
    labels: list[IssueLabel] = []
    assignees: list[str] = []
    added_on: datetime | None = Field(default_factory=now)


class IssueLink(Row, table="issue_link"):
    """`type` is an `IssueType`; release, group and test are those of the moment of linking, but for a test that
    moved to another release."""

    run_id: Annotated[UUID, PartitionKey()]
    issue_id: Annotated[UUID, ClusteringKey()]
    release_id: Annotated[UUID | None, Indexed()] = None
    group_id: Annotated[UUID | None, Indexed()] = None
    test_id: Annotated[UUID | None, Indexed()] = None
    user_id: Annotated[UUID | None, Indexed()] = None
    event_id: Annotated[UUID | None, Indexed()] = None
    added_on: datetime | None = Field(default_factory=now)
    type: str | None = None
