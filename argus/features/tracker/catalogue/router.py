"""The catalogue, served by FastAPI (docs/contract/core.md#releases-groups-tests)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.catalogue import service
from argus.features.tracker.catalogue.schemas import CreatedRelease, Group, NewReleases, PluginBody, Release, Test, TestPlace, Version
from argus.lanes.fastapi import Caller, JsonBody, LoggedIn, Ok, ReadAhead, RuntimeDep, UuidQuery, UuidText, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1", tags=["catalogue"])

MINUTE = "max-age=60"
All = Annotated[str | None, Query(alias="all", description="disabled ones too, whatever the value")]
ReleaseId = Annotated[UuidQuery, Query(alias="releaseId")]
GroupId = Annotated[UuidQuery, Query(alias="groupId")]
TestId = Annotated[UuidQuery, Query(alias="testId")]


@router.get("/version", summary="What is deployed", response_model=Ok[Version])
async def app_version(caller: Caller, runtime: RuntimeDep) -> Response:
    return ok(await service.version(runtime))


@router.get("/releases", summary="Releases by name, dormant ones last", response_model=Ok[list[Release]])
async def releases(read_ahead: ReadAhead, everything: All = None) -> Response:
    return send(await read_ahead(service.releases, bool(everything)), Cache_Control=MINUTE)


@router.get("/groups", summary="Groups of a release", response_model=Ok[list[Group]])
async def argus_groups(read_ahead: ReadAhead, release_id: ReleaseId = None, everything: All = None) -> Response:
    return send(await read_ahead(service.groups, release_id, bool(everything)), Cache_Control=MINUTE)


@router.get("/tests", summary="Tests of a group", response_model=Ok[list[Test]])
async def argus_tests(read_ahead: ReadAhead, group_id: GroupId = None, everything: All = None) -> Response:
    return send(await read_ahead(service.tests, group_id, bool(everything)), Cache_Control=MINUTE)


@router.get("/release/{release_id}/details", summary="One release", response_model=Ok[Release])
async def get_release_details(read_ahead: ReadAhead, release_id: UuidText) -> Response:
    return send(await read_ahead(service.release, release_id), Cache_Control=MINUTE)


@router.get("/group/{group_id}/details", summary="One group", response_model=Ok[Group])
async def get_group_details(read_ahead: ReadAhead, group_id: UuidText) -> Response:
    return send(await read_ahead(service.group, group_id), Cache_Control=MINUTE)


@router.get("/test/{test_id}/details", summary="One test", response_model=Ok[Test])
async def get_test_details(read_ahead: ReadAhead, test_id: UuidText) -> Response:
    return send(await read_ahead(service.test, test_id), Cache_Control=MINUTE)


@router.get("/test-info", summary="A test with its group and release", response_model=Ok[TestPlace])
async def get_test_info(user: LoggedIn, runtime: RuntimeDep, test_id: TestId = None) -> Response:
    return send(await together(runtime, service.test_info, test_id))


@router.get("/release/{release_id}/versions", summary="Versions seen in a release", response_model=Ok[list[str]])
async def release_versions(user: LoggedIn, runtime: RuntimeDep, release_id: UuidText) -> Response:
    return send(await together(runtime, service.release_versions, release_id))


@router.get("/release/{release_id}/images", summary="Database images seen in a release", response_model=Ok[list[str]])
async def release_images(user: LoggedIn, runtime: RuntimeDep, release_id: UuidText) -> Response:
    return send(await together(runtime, service.release_images, release_id))


@router.post(
    "/test/{test_id}/set_plugin", summary="Change the type of a test's runs", response_model=Ok[Test], openapi_extra=body_of(PluginBody)
)
async def set_test_plugin(user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, body: JsonBody) -> Response:
    return ok(await service.set_plugin(runtime, test_id, body))


@router.post(
    "/release/create",
    summary="Create whole releases",
    response_model=Ok[dict[str, CreatedRelease]],
    response_model_exclude_none=True,
    openapi_extra=body_of(NewReleases),
)
async def release_create(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.create_releases(runtime, body))
