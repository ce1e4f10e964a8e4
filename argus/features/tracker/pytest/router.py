"""Pytest results, served by FastAPI (docs/contract/client.md#pytest-results; docs/contract/views.md#pytest-statistics)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from argus.features.tracker.pytest import search, service
from argus.features.tracker.pytest.schemas import Found, PytestBody, PytestResult, ResultKeys, Statistics, Submitted
from argus.kit.parse import uuid_of
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, UuidText, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1", tags=["pytest"])

Seconds = Annotated[str | None, Query(description="Unix seconds, inclusive", json_schema_extra={"pattern": r"^\d+(\.\d+)?$"})]
Many = Annotated[list[str] | None, Query()]


class Filter:
    """The query of the three searches, as texts."""

    def __init__(
        self,
        test: Annotated[str | None, Query(description="part of the name")] = None,
        limit: Annotated[str | None, Query(description="hits at most; 500", json_schema_extra={"pattern": r"^\d+$"})] = None,
        before: Seconds = None,
        after: Seconds = None,
        statuses: Annotated[list[str] | None, Query(alias="status[]", description="any of these")] = None,
        markers: Annotated[list[str] | None, Query(alias="markers[]", description="all of these")] = None,
        query: Annotated[str | None, Query(description="regular expression, in name, message and markers")] = None,
        filters: Annotated[list[str] | None, Query(alias="filters[]", description="`field=value` or `!field=value`, all of these")] = None,
    ) -> None:
        self.texts = (test, limit, before, after, statuses or [], markers or [], query, filters or [])


FilterDep = Annotated[Filter, Depends()]


@router.post(
    "/client/testrun/pytest/result/submit", summary="Store a result", response_model=Ok[Submitted], openapi_extra=body_of(PytestBody)
)
async def submit_pytest_result(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.submit(runtime, body))


@router.get("/client/testrun/pytest/{test_name:path}/stats/{field_name}/{aggr_function}", include_in_schema=False)
@router.get("/pytest/{test_name:path}/stats/{field_name}/{aggr_function}", include_in_schema=False)
@router.get(
    "/client/testrun/pytest/{test_name}/stats/{field_name}/{aggr_function}",
    summary="One aggregate over a test's history, for reporters",
    response_model=Ok[Statistics],
)
@router.get(
    "/pytest/{test_name}/stats/{field_name}/{aggr_function}", summary="One aggregate over a test's history", response_model=Ok[Statistics]
)
async def get_pytest_test_field_stats(
    user: LoggedIn,
    runtime: RuntimeDep,
    test_name: str,
    field_name: str,
    aggr_function: str,
    status: str | None = None,
    since: Annotated[str | None, Query(description="Unix seconds, inclusive", json_schema_extra={"pattern": r"^\d+$"})] = None,
) -> Response:
    return send(await together(runtime, service.statistics, test_name, field_name, aggr_function, status, since))


@router.post(
    "/pytest/fields",
    summary="What tests attached to some results",
    response_model=Ok[list[dict[str, str | None]]],
    openapi_extra=body_of(ResultKeys),
)
async def get_fields_of_results(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.fields_of(runtime, body))


@router.get("/pytest/{test_name:path}/results", include_in_schema=False)
@router.get("/pytest/{test_name}/results", summary="The history of a test", response_model=Ok[list[PytestResult]])
async def get_pytest_test_results(
    user: LoggedIn, runtime: RuntimeDep, test_name: str, before: Seconds = None, after: Seconds = None
) -> Response:
    return send(await together(runtime, service.results_of_test, test_name, before, after))


@router.get("/run/{run_id}/pytest/results", summary="The results of a run", response_model=Ok[list[PytestResult]])
async def get_testrun_pytest_results(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, service.results_of_run, run_id))


@router.get("/release/{release_id}/pytest/results", summary="The results of a release", response_model=Ok[list[PytestResult]])
async def release_pytest_results(user: LoggedIn, runtime: RuntimeDep, release_id: UuidText) -> Response:
    return send(await together(runtime, service.results_of_release, release_id))


@router.get("/views/widgets/pytest/view", summary="Nothing: kept for old clients", response_model=Ok[int])
async def get_versioned_runs(user: LoggedIn) -> Response:
    return ok(0)


@router.get("/views/widgets/pytest/results", summary="Search results", response_model=Ok[Found])
async def get_pytest_results(user: LoggedIn, runtime: RuntimeDep, wanted: FilterDep) -> Response:
    return ok(await search.find(runtime, search.search_of(*wanted.texts)))


@router.get("/views/widgets/pytest/release/{release_id}/results", summary="Search results, from a release's page", response_model=Ok[Found])
async def get_release_pytest_results(user: LoggedIn, runtime: RuntimeDep, release_id: UuidText, wanted: FilterDep) -> Response:
    uuid_of(release_id)
    return ok(await search.find(runtime, search.search_of(*wanted.texts)))


@router.get("/views/widgets/pytest/view/{view_id}/results", summary="Search results, from a view", response_model=Ok[Found])
async def get_view_pytest_results(user: LoggedIn, runtime: RuntimeDep, view_id: UuidText, wanted: FilterDep) -> Response:
    return ok(await search.find(runtime, search.search_of(*wanted.texts)))


@router.get(
    "/views/widgets/pytest/{test_name:path}/{id}/fields",
    summary="What a test attached to a result",
    response_model=Ok[dict[str, str | None]],
)
async def get_user_fields_for_test(user: LoggedIn, runtime: RuntimeDep, test_name: str, id: str) -> Response:
    return ok(await service.user_fields(runtime, test_name, id))
