"""Administration, served by FastAPI (docs/contract/admin.md)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.admin import groups, releases, tests, users
from argus.features.tracker.admin.schemas import (
    AdminApiVersion,
    CatalogueDeleted,
    CatalogueUpdated,
    CreateGroupBody,
    CreateReleaseBody,
    CreateTestBody,
    DeleteGroupBody,
    DeleteReleaseBody,
    DeleteTestBody,
    DormantBody,
    EditReleaseBody,
    EmailBody,
    Moved,
    MoveTestsBody,
    NewGroup,
    NewRelease,
    NewTest,
    PasswordBody,
    PerpetualBody,
    StateBody,
    ToggleBody,
    UpdateGroupBody,
    UpdateTestBody,
    User,
)
from argus.features.tracker.catalogue.schemas import Group, Release, Test
from argus.kit.answer import json_answer
from argus.lanes.fastapi import Admin, JsonBody, Ok, RuntimeDep, UuidQuery, UuidText, body_of, ok, send

router = APIRouter(prefix="/admin/api/v1", tags=["admin"])


@router.get("/", summary="Version of this API", response_model=AdminApiVersion)
async def index(user: Admin) -> Response:
    return send(json_answer({"version": "v1"}))


@router.get("/releases/get", summary="All releases", response_model=Ok[list[Release]])
async def get_releases(user: Admin, runtime: RuntimeDep) -> Response:
    return ok(await releases.all_releases(runtime))


@router.get("/groups/get", summary="All groups of a release", response_model=Ok[list[Group]])
async def get_groups_for_release(
    user: Admin, runtime: RuntimeDep, release_id: Annotated[UuidQuery, Query(alias="releaseId")] = None
) -> Response:
    return ok(await groups.of_release(runtime, release_id))


@router.get("/tests/get", summary="All tests of a group", response_model=Ok[list[Test]])
async def get_tests_for_group(user: Admin, runtime: RuntimeDep, group_id: Annotated[UuidQuery, Query(alias="groupId")] = None) -> Response:
    return ok(await tests.of_group(runtime, group_id))


@router.post("/release/create", summary="Create a release", response_model=Ok[NewRelease], openapi_extra=body_of(CreateReleaseBody))
async def create_release(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok({"new_release": await releases.create(runtime, body)})


@router.post(
    "/release/set_perpetual",
    summary="Say whether a release ends",
    response_model=Ok[CatalogueUpdated],
    openapi_extra=body_of(PerpetualBody),
)
async def set_release_perpetual(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await releases.set_perpetual(runtime, body)
    return ok({"updated": True})


@router.post(
    "/release/set_state", summary="Enable or disable a release", response_model=Ok[CatalogueUpdated], openapi_extra=body_of(StateBody)
)
async def set_release_state(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await releases.set_state(runtime, body)
    return ok({"updated": True})


@router.post("/release/set_dormant", summary="Archive a release", response_model=Ok[CatalogueUpdated], openapi_extra=body_of(DormantBody))
async def set_release_dormancy(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await releases.set_dormant(runtime, body)
    return ok({"updated": True})


@router.post("/release/edit", summary="Change a release", response_model=Ok[CatalogueUpdated], openapi_extra=body_of(EditReleaseBody))
async def edit_release(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await releases.edit(runtime, body)
    return ok({"updated": True})


@router.post("/release/delete", summary="Delete a release", response_model=Ok[CatalogueDeleted], openapi_extra=body_of(DeleteReleaseBody))
async def delete_release(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await releases.remove(runtime, body)
    return ok({"deleted": True})


@router.post("/group/create", summary="Create a group", response_model=Ok[NewGroup], openapi_extra=body_of(CreateGroupBody))
async def create_group(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok({"new_group": await groups.create(runtime, body)})


@router.post("/group/update", summary="Change a group", response_model=Ok[CatalogueUpdated], openapi_extra=body_of(UpdateGroupBody))
async def update_group(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await groups.edit(runtime, body)
    return ok({"updated": True})


@router.post("/group/delete", summary="Delete a group", response_model=Ok[CatalogueDeleted], openapi_extra=body_of(DeleteGroupBody))
async def delete_group(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await groups.remove(runtime, body)
    return ok({"deleted": True})


@router.post("/test/create", summary="Create a test", response_model=Ok[NewTest], openapi_extra=body_of(CreateTestBody))
async def create_test(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok({"new_test": await tests.create(runtime, body)})


@router.post("/test/update", summary="Change a test", response_model=Ok[CatalogueUpdated], openapi_extra=body_of(UpdateTestBody))
async def update_test(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await tests.edit(runtime, body)
    return ok({"updated": True})


@router.post("/test/batch_move", summary="Move tests to a group", response_model=Ok[Moved], openapi_extra=body_of(MoveTestsBody))
async def batch_move_tests(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await tests.move(runtime, body)
    return ok({"moved": True})


@router.post("/test/delete", summary="Delete a test", response_model=Ok[CatalogueDeleted], openapi_extra=body_of(DeleteTestBody))
async def delete_test(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    await tests.remove(runtime, body)
    return ok({"deleted": True})


@router.post("/release/test/state/toggle", summary="Enable or disable a test", response_model=Ok[Test], openapi_extra=body_of(ToggleBody))
async def quick_toggle_test_enabled(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await tests.toggle(runtime, body))


@router.post(
    "/release/group/state/toggle", summary="Enable or disable a group", response_model=Ok[Group], openapi_extra=body_of(ToggleBody)
)
async def quick_toggle_group_enabled(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await groups.toggle(runtime, body))


@router.get("/users", summary="All users by id", response_model=Ok[dict[str, User]])
async def user_info(user: Admin, runtime: RuntimeDep) -> Response:
    return ok(await users.all_users(runtime))


@router.post("/user/{user_id}/email/set", summary="Change an e-mail address", response_model=Ok[bool], openapi_extra=body_of(EmailBody))
async def user_change_email(user: Admin, runtime: RuntimeDep, user_id: UuidText, body: JsonBody) -> Response:
    await users.set_email(runtime, user_id, body)
    return ok(True)


@router.post("/user/{user_id}/password/set", summary="Change a password", response_model=Ok[bool], openapi_extra=body_of(PasswordBody))
async def user_change_password(user: Admin, runtime: RuntimeDep, user_id: UuidText, body: JsonBody) -> Response:
    await users.set_password(runtime, user_id, body)
    return ok(True)


@router.post("/user/{user_id}/admin/toggle", summary="Give or take the role of an administrator", response_model=Ok[bool])
async def user_toggle_admin(user: Admin, runtime: RuntimeDep, user_id: UuidText) -> Response:
    await users.toggle_admin(runtime, user, user_id)
    return ok(True)


@router.post("/user/{user_id}/delete", summary="Delete a user", response_model=Ok[bool])
async def user_delete(user: Admin, runtime: RuntimeDep, user_id: UuidText) -> Response:
    await users.remove(runtime, user, user_id)
    return ok(True)
