"""Building and cloning jobs, served by FastAPI (docs/contract/testrun.md#jenkins)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.jenkins import builds, cloning, configuration
from argus.features.tracker.jenkins.schemas import (
    BuildBody,
    BuildParameters,
    CloneBody,
    CloneBuildBody,
    Cloned,
    CloneGroups,
    CloneTargets,
    JobSettings,
    ParametersBody,
    Queued,
    QueueInfo,
    SettingsBody,
    ValidateBody,
    Validated,
)
from argus.lanes.fastapi import IntText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, body_of, ok

router = APIRouter(prefix="/api/v1/jenkins", tags=["jenkins"])


@router.post("/params", summary="The form of a build", response_model=Ok[BuildParameters], openapi_extra=body_of(ParametersBody))
async def get_jenkins_job_params(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await builds.parameters(runtime, body))


@router.post("/build", summary="Start a build", response_model=Ok[Queued], openapi_extra=body_of(BuildBody))
async def build_jenkins_job(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await builds.build(runtime, user, body))


@router.get("/queue_info", summary="Where a queued build stands", response_model=Ok[QueueInfo])
async def get_queue_info(user: LoggedIn, runtime: RuntimeDep, queueItem: IntText = None) -> Response:
    return ok(await builds.queue_info(runtime, queueItem))


@router.get("/clone/targets", summary="Releases to clone into", response_model=Ok[CloneTargets])
async def get_clone_targets(user: LoggedIn, runtime: RuntimeDep, testId: UuidQuery = None) -> Response:
    return ok(await cloning.targets(runtime, testId))


@router.get("/clone/groups", summary="Groups to clone into", response_model=Ok[CloneGroups])
async def get_groups_for_target(user: LoggedIn, runtime: RuntimeDep, targetId: UuidQuery = None) -> Response:
    return ok(await cloning.groups(runtime, targetId))


@router.post("/clone/create", summary="Clone a job", response_model=Ok[Cloned], openapi_extra=body_of(CloneBody))
async def clone_jenkins_job(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await cloning.clone(runtime, body))


@router.post("/clone/build", summary="Start a build of a clone", response_model=Ok[Queued], openapi_extra=body_of(CloneBuildBody))
async def clone_build_jenkins_job(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await builds.build_clone(runtime, user, body))


@router.get("/clone/settings", summary="Settings of a job", response_model=Ok[JobSettings])
async def get_clone_job_advanced_settings(user: LoggedIn, runtime: RuntimeDep, buildId: Annotated[str | None, Query()] = None) -> Response:
    return ok(await configuration.settings(runtime, buildId))


@router.post("/clone/settings/change", summary="Change settings of a job", response_model=Ok[None], openapi_extra=body_of(SettingsBody))
async def set_job_settings(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    await configuration.change(runtime, body)
    return ok(None)


@router.post("/clone/settings/validate", summary="Check settings", response_model=Ok[Validated], openapi_extra=body_of(ValidateBody))
async def clone_validate_new_settings(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await configuration.validate(runtime, body))
