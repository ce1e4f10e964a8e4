"""HTML pages, served by FastAPI (docs/contract/pages.md)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from argus.auth.identity import require_login
from argus.features.tracker.pages import service
from argus.lanes.fastapi import Admin, Caller, LoggedIn, RuntimeDep, SessionDep, Shell, address, send

router = APIRouter(tags=["pages"])


@router.get("/", summary="On to the workspace")
async def home(caller: Caller, session: SessionDep) -> Response:
    return send(service.home(session))


@router.get("/workspace", summary="The workspace")
@router.get("/run_dashboard", summary="The workspace, under its old address")
async def run_dashboard(user: LoggedIn, shell: Shell) -> Response:
    return shell(service.workspace())


@router.get("/test_runs", summary="Runs of chosen tests")
async def test_runs(user: LoggedIn, shell: Shell) -> Response:
    return shell(service.test_runs())


@router.get("/test_run/{run_id}", summary="A run")
async def test_run(user: LoggedIn, shell: Shell, run_id: str) -> Response:
    return shell(service.test_run(run_id))


@router.get("/test/{test_id}/runs", summary="A test and its runs")
async def runs(
    user: LoggedIn, shell: Shell, test_id: str, additional_runs: Annotated[list[str] | None, Query(alias="additionalRuns[]")] = None
) -> Response:
    return shell(service.test_with_runs(test_id, additional_runs or []))


@router.get("/tests/{plugin_name}/{run_id}", summary="A run, by run type and id")
async def get_run_by_plugin(user: LoggedIn, runtime: RuntimeDep, shell: Shell, plugin_name: str, run_id: str) -> Response:
    return shell(await service.run_by_plugin(runtime, plugin_name, run_id, service.DEFAULT_TAB))


@router.get("/tests/{plugin_name}/{run_id}/{tab}", summary="A tab of a run, by run type and id")
async def get_run_tab_by_plugin(
    caller: Caller, runtime: RuntimeDep, shell: Shell, request: Request, plugin_name: str, run_id: str, tab: str
) -> Response:
    if tab == service.DEFAULT_TAB:  # whoever asks
        return send(service.without_default_tab(address(request)))
    require_login(caller)
    return shell(await service.run_by_plugin(runtime, plugin_name, run_id, tab))


@router.get("/test/{build_id:path}/{build_number:int}", summary="A run, by job and build number")
async def get_run_by_build(user: LoggedIn, runtime: RuntimeDep, shell: Shell, build_id: str, build_number: int) -> Response:
    return shell(await service.run_by_build(runtime, build_id, build_number, service.DEFAULT_TAB))


@router.get("/test/{build_id:path}/{build_number:int}/{tab}", summary="A tab of a run, by job and build number")
async def get_run_tab_by_build(
    caller: Caller, runtime: RuntimeDep, shell: Shell, request: Request, build_id: str, build_number: int, tab: str
) -> Response:
    if tab == service.DEFAULT_TAB:
        return send(service.without_default_tab(address(request)))
    require_login(caller)
    return shell(await service.run_by_build(runtime, build_id, build_number, tab))


@router.get("/releases", summary="Releases")
async def releases(user: LoggedIn, runtime: RuntimeDep, shell: Shell) -> Response:
    return shell(await service.releases(runtime))


@router.get("/dashboard/{release_name:path}", summary="The dashboard of a release")
async def release_dashboard(user: LoggedIn, runtime: RuntimeDep, shell: Shell, request: Request, release_name: str) -> Response:
    return shell(await service.release_dashboard(runtime, release_name, request.cookies.get(service.LISTS)))


@router.get("/release/by-id/{id}/planner", summary="The planner of a release, by id")
async def release_planner_by_id(user: LoggedIn, runtime: RuntimeDep, id: str) -> Response:
    return send(await service.planner_by_id(runtime, id))


@router.get("/release/{name:path}/scheduler", include_in_schema=False)
@router.get("/release/{name}/scheduler", summary="The calendar of a release")
async def release_scheduler(user: LoggedIn, runtime: RuntimeDep, shell: Shell, name: str) -> Response:
    return shell(await service.release_scheduler(runtime, name))


@router.get("/release/{name:path}/duty", include_in_schema=False)
@router.get("/release/{name}/duty", summary="Who is on duty for a release")
async def duty_planner(user: LoggedIn, runtime: RuntimeDep, shell: Shell, name: str) -> Response:
    return shell(await service.duty_planner(runtime, name))


@router.get("/release/{name:path}/planner", include_in_schema=False)
@router.get("/release/{name}/planner", summary="The planner of a release")
async def release_planner(user: LoggedIn, runtime: RuntimeDep, shell: Shell, name: str) -> Response:
    return shell(await service.release_planner(runtime, name))


@router.get("/release/{name:path}/room", include_in_schema=False)
@router.get("/release/{name}/room", summary="A release for whoever decides about it")
async def release_room(user: LoggedIn, runtime: RuntimeDep, shell: Shell, name: str) -> Response:
    return shell(await service.release_room(runtime, name))


@router.get("/views", summary="User views")
async def views(user: LoggedIn, runtime: RuntimeDep, shell: Shell) -> Response:
    return shell(await service.views(runtime))


@router.get("/view/{view_name:path}", include_in_schema=False)
@router.get("/view/{view_name}", summary="A user view")
async def view_dashboard(user: LoggedIn, runtime: RuntimeDep, shell: Shell, view_name: str) -> Response:
    return shell(await service.view_dashboard(runtime, view_name))


@router.get("/plan/{plan_id}", summary="A release plan, by id or key")
async def plan_dashboard(user: LoggedIn, runtime: RuntimeDep, shell: Shell, plan_id: str) -> Response:
    return shell(await service.plan_dashboard(runtime, plan_id))


@router.get("/alert_debug", summary="Try out alerts")
async def alert_debug(
    user: LoggedIn,
    session: SessionDep,
    shell: Shell,
    category: Annotated[str, Query(alias="type")] = "success",
    message: str = "No message provided",
) -> Response:
    return shell(service.alert_debug(session, category, message))


@router.get("/design", summary="What the pages are made of")
async def design(user: LoggedIn, shell: Shell) -> Response:
    return shell(service.design())


@router.get("/error/", summary="Something went wrong")
async def error(caller: Caller, shell: Shell, kind: Annotated[str, Query(alias="type")] = "400") -> Response:
    return shell(service.error(kind))


@router.get("/admin/", summary="The admin area")
async def admin_index(user: Admin, shell: Shell) -> Response:
    return shell(service.admin("index"))


@router.get("/admin/{path}", summary="A section of the admin area")
async def admin_section(user: Admin, shell: Shell, path: str) -> Response:
    return shell(service.admin(path))


@router.get("/profile/jobs", summary="My jobs")
async def profile_jobs(user: LoggedIn, shell: Shell) -> Response:
    return shell(service.profile_jobs())


@router.get("/profile/schedules", summary="My schedule")
async def profile_schedules(user: LoggedIn, shell: Shell) -> Response:
    return shell(service.profile_schedules())


@router.get("/notifications/", summary="Notifications")
async def notifications(user: LoggedIn, shell: Shell) -> Response:
    return shell(service.notifications())


@router.get("/teams/", summary="Teams")
async def teams(user: LoggedIn, shell: Shell) -> Response:
    return shell(service.teams())
