"""User views, served by FastAPI (docs/contract/views.md#view-routes)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from argus.features.tracker.planning.search import search
from argus.features.tracker.views import service
from argus.features.tracker.views.schemas import ApiVersion, SearchAnswer, ViewCreateBody, ViewDeleteBody, ViewUpdateBody
from argus.features.tracker.views.statistics import view_statistics
from argus.lanes.fastapi import FlagText, IntText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, UuidText, body_of, ok, send
from argus.lanes.together import together
from argus.models.catalogue import ArgusTest
from argus.models.pytest import PytestResultTable
from argus.models.view import ArgusUserView

router = APIRouter(prefix="/api/v1/views", tags=["views"])

Text = Annotated[str | None, Query()]


@router.get("/", summary="The version of this API", response_model=Ok[ApiVersion])
async def index(user: LoggedIn) -> Response:
    return ok({"version": "v1"})


@router.post("/create", summary="Create a view", response_model=Ok[ArgusUserView], openapi_extra=body_of(ViewCreateBody))
async def create_view(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.create(runtime, user, body))


@router.get("/get", summary="A view", response_model=Ok[ArgusUserView])
async def get_view(user: LoggedIn, runtime: RuntimeDep, viewId: UuidQuery = None) -> Response:
    return send(await together(runtime, service.get, viewId))


@router.get("/all", summary="All views", response_model=Ok[list[ArgusUserView]])
async def get_all_views(user: LoggedIn, runtime: RuntimeDep, userId: UuidQuery = None) -> Response:
    return send(await together(runtime, service.list_all, userId))


@router.post("/update", summary="Change a view", response_model=Ok[bool], openapi_extra=body_of(ViewUpdateBody))
async def update_view(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.change(runtime, user, body))


@router.post("/delete", summary="Delete a view", response_model=Ok[bool], openapi_extra=body_of(ViewDeleteBody))
async def delete_view(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.remove(runtime, user, body))


@router.get("/search", summary="Find releases, groups and tests", response_model=Ok[SearchAnswer])
async def search_tests(user: LoggedIn, runtime: RuntimeDep, query: Text = None) -> Response:
    return ok(await search(runtime, query))


@router.get("/stats", summary="Statistics of a view", response_model=Ok[dict[str, Any]])
async def view_stats(
    user: LoggedIn,
    runtime: RuntimeDep,
    viewId: UuidQuery = None,
    limited: FlagText = None,
    force: FlagText = None,
    includeNoVersion: FlagText = None,
    productVersion: Text = None,
    imageId: Text = None,
    widgetId: IntText = None,
) -> Response:
    flags = (limited, force, includeNoVersion)
    return send(await view_statistics(runtime, viewId, *flags, productVersion, imageId, widgetId))


@router.get("/{view_id}/versions", summary="Versions seen in a view", response_model=Ok[list[str]])
async def view_versions(user: LoggedIn, runtime: RuntimeDep, view_id: UuidText) -> Response:
    return send(await together(runtime, service.versions, view_id))


@router.get("/{view_id}/images", summary="Images seen in a view", response_model=Ok[list[str]])
async def view_images(user: LoggedIn, runtime: RuntimeDep, view_id: UuidText) -> Response:
    return send(await together(runtime, service.images, view_id))


@router.get("/{view_id}/resolve", summary="A view for its editor", response_model=Ok[dict[str, Any]])
async def view_resolve(user: LoggedIn, runtime: RuntimeDep, view_id: UuidText) -> Response:
    return send(await together(runtime, service.resolved, view_id))


@router.get("/{view_id}/resolve/tests", summary="The tests of a view", response_model=Ok[list[ArgusTest]])
async def view_resolve_tests(user: LoggedIn, runtime: RuntimeDep, view_id: UuidText) -> Response:
    return send(await together(runtime, service.resolved_tests, view_id))


@router.get("/{view_id}/pytest/results", summary="Pytest results of a view", response_model=Ok[list[PytestResultTable]])
async def view_get_pytest_results(user: LoggedIn, runtime: RuntimeDep, view_id: UuidText) -> Response:
    return send(await together(runtime, service.pytest_results, view_id))
