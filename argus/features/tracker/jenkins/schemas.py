"""What the routes of this folder take and answer, for the documentation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest

JOB = "scylla-master/longevity/longevity-10gb-3h-test"


class ParametersBody(BaseModel):
    buildId: str = Field(examples=[JOB])
    buildNumber: int | None = Field(examples=[None])
    fromDefaults: bool = False


class BuildParameters(BaseModel):
    parameters: list[dict[str, Any]]


class BuildBody(BaseModel):
    buildId: str = Field(examples=[JOB])
    parameters: dict[str, Any] = Field(examples=[{"scylla_version": "6.2"}])
    includeBuildNumber: bool = False


class Queued(BaseModel):
    queueItem: int
    nextBuildNumber: int | None = None


class QueueInfo(BaseModel):
    """Either `number` and `url` of the build, or `why`, `inQueueSince` and `taskUrl`; and all of it once more in `queueItem`."""

    model_config = ConfigDict(extra="allow")

    queueItem: dict[str, Any]


class CloneTargets(BaseModel):
    targets: list[ArgusRelease]


class CloneGroups(BaseModel):
    groups: list[ArgusGroup]


class CloneBody(BaseModel):
    currentTestId: UUID
    newName: str
    target: UUID
    group: UUID
    advancedSettings: bool | dict[str, str]


class Cloned(BaseModel):
    new_job: dict[str, Any]
    new_entity: ArgusTest


class CloneBuildBody(BaseModel):
    buildId: str = Field(examples=[JOB])
    parameters: dict[str, Any]


class JobSettings(BaseModel):
    gitRepo: str | None = None
    gitBranch: str | None = None
    pipelineFile: str | None = None


class SettingsBody(BaseModel):
    buildId: str = Field(examples=[JOB])
    settings: JobSettings


class ValidateBody(BaseModel):
    buildId: str = Field(examples=[JOB])
    newSettings: JobSettings


class Validated(BaseModel):
    validated: bool
    message: str
