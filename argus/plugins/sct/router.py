"""Routes of cluster tests, served by FastAPI."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from argus.kit.answer import Answer
from argus.kit.parse import need
from argus.lanes.fastapi import IntText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidText, body_of, ok, send
from argus.lanes.together import together, together_large
from argus.plugins.sct import (
    event_pages,
    events,
    gemini,
    kernels,
    loads,
    nemesis,
    packages,
    performance,
    resources,
    schemas,
    seen_before,
    similar_runs,
    similarity,
)

router = APIRouter(prefix="/api/v1/client/sct", tags=["sct"])


@router.get("/release/{release_name:path}/kernels", summary="Kernels that a release was tested on", response_model=Ok[schemas.KernelReport])
async def sct_get_kernel_report(user: LoggedIn, runtime: RuntimeDep, release_name: str) -> Response:
    return send(await together(runtime, kernels.kernel_report, release_name))


@router.post(
    "/similar_runs_info",
    summary="Describe runs for the dialog of similar events",
    response_model=Ok[dict[str, schemas.RunDescription]],
    openapi_extra=body_of(schemas.RunIds),
)
async def sct_get_similar_runs_info(user: LoggedIn, runtime: RuntimeDep, request: Request) -> Response:
    run_ids = similar_runs.requested_runs(request.headers.get("content-type"), await request.body())
    return send(run_ids) if isinstance(run_ids, Answer) else ok(await similar_runs.describe_runs(runtime, run_ids))


@router.get("/{run_id}/events/page", summary="Events, newest first", response_model=Ok[schemas.EventPage])
async def sct_events_page(
    user: LoggedIn,
    runtime: RuntimeDep,
    run_id: UuidText,
    severity: Annotated[list[str] | None, Query(alias="severity[]", description="any of these; all when none is named")] = None,
    limit: IntText = None,
    before: Annotated[str | None, Query(description="`next` of the page before")] = None,
    q: Annotated[str | None, Query(description="a text in type, message, node or nemesis")] = None,
    event: Annotated[str | None, Query(description="id of the event with which the first page begins")] = None,
) -> Response:
    return ok(await event_pages.page_of(runtime, run_id, severity or [], limit, before, q, event))


@router.get("/{run_id}/events/histogram", summary="Events over time", response_model=Ok[schemas.EventHistogram])
async def sct_events_histogram(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, event_pages.histogram, run_id))


@router.post(
    "/{run_id}/events/seen_before",
    summary="Other runs with events like these",
    response_model=Ok[list[schemas.SeenEvent]],
    openapi_extra=body_of(schemas.EventsToCompare),
)
async def sct_events_seen_before(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    return ok(await seen_before.seen_events(runtime, run_id, body))


@router.post("/{run_id}/packages/submit", summary="Add packages", response_model=Ok[str], openapi_extra=body_of(schemas.Packages))
async def sct_submit_packages(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await packages.submit_packages(runtime, run_id, need(body, "packages"))
    return ok("added")


@router.post("/{run_id}/screenshots/submit", summary="Add screenshots", response_model=Ok[str], openapi_extra=body_of(schemas.Screenshots))
async def sct_submit_screenshots(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await packages.submit_screenshots(runtime, run_id, need(body, "screenshot_links"))
    return ok("submitted")


@router.post("/{run_id}/sct_runner/set", summary="Name the runner", response_model=Ok[str], openapi_extra=body_of(schemas.Runner))
async def sct_set_runner(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await resources.set_runner(runtime, run_id, body)
    return ok("updated")


@router.get("/{run_id}/resource/all", summary="Resources of a run", response_model=Ok[list[schemas.Resource]])
async def sct_resource_all(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, resources.all_resources, run_id))


@router.get("/{run_id}/resource/{name:path}/get", include_in_schema=False)
@router.get("/{run_id}/resource/{name}/get", summary="One resource", response_model=Ok[schemas.Resource])
async def sct_resource_get(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, name: str) -> Response:
    return send(await together(runtime, resources.get_resource, run_id, name))


@router.post("/{run_id}/resource/create", summary="Add a resource", response_model=Ok[str], openapi_extra=body_of(schemas.CreateResource))
async def sct_resource_create(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await resources.create_resource(runtime, run_id, need(body, "resource"))
    return ok("created")


@router.post("/{run_id}/resource/{resource_name:path}/terminate", include_in_schema=False)
@router.post(
    "/{run_id}/resource/{resource_name}/terminate",
    summary="Note that a resource is gone",
    response_model=Ok[str],
    openapi_extra=body_of(schemas.Termination),
)
async def sct_resource_terminate(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText, resource_name: str) -> Response:
    await resources.terminate_resource(runtime, run_id, resource_name, need(body, "reason"))
    return ok("terminated")


@router.post("/{run_id}/resource/{resource_name:path}/shards", include_in_schema=False)
@router.post(
    "/{run_id}/resource/{resource_name}/shards",
    summary="Set how many shards a node has",
    response_model=Ok[str],
    openapi_extra=body_of(schemas.Shards),
)
async def sct_resource_update_shards(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText, resource_name: str) -> Response:
    await resources.update_shards(runtime, run_id, resource_name, need(body, "shards"))
    return ok("updated")


@router.post("/{run_id}/resource/{resource_name:path}/update", include_in_schema=False)
@router.post(
    "/{run_id}/resource/{resource_name}/update",
    summary="Change state or fields of a resource",
    response_model=Ok[schemas.UpdatedResource],
    openapi_extra=body_of(schemas.UpdateResource),
)
async def sct_resource_update(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText, resource_name: str) -> Response:
    return ok(await resources.update_resource(runtime, run_id, resource_name, need(body, "update_data")))


@router.post("/{run_id}/nemesis/submit", summary="A nemesis begins", response_model=Ok[str], openapi_extra=body_of(schemas.SubmitNemesis))
async def sct_nemesis_submit(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await nemesis.submit_nemesis(runtime, run_id, need(body, "nemesis"))
    return ok("created")


@router.get("/{run_id}/nemesis/get", summary="Nemeses of a run", response_model=Ok[list[schemas.Nemesis]])
async def sct_nemesis_get(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, nemesis.nemeses_of, run_id))


@router.post("/{run_id}/nemesis/finalize", summary="A nemesis ends", response_model=Ok[str], openapi_extra=body_of(schemas.FinalizeNemesis))
async def sct_nemesis_finalize(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await nemesis.finalize_nemesis(runtime, run_id, need(body, "nemesis"))
    return ok("updated")


@router.post(
    "/{run_id}/events/submit",
    summary="The summary of events that old clients send; nothing is kept",
    deprecated=True,
    response_model=Ok[str],
    openapi_extra=body_of(schemas.OldEvents),
)
async def sct_events_submit(user: LoggedIn, body: JsonBody, run_id: UuidText) -> Response:
    need(body, "events")
    return ok("added")


@router.post("/{run_id}/event/submit", summary="Store events", response_model=Ok[bool], openapi_extra=body_of(schemas.SubmitEvents))
async def sct_event_submit(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await events.submit_events(runtime, run_id, need(body, "data"))
    return ok(True)


SEVERITY = Query(description="exact name; may be repeated; all of them when absent")


@router.get("/{run_id}/events/get", summary="Events of a run, oldest first", response_model=Ok[list[schemas.Event]])
async def sct_events_get(
    user: LoggedIn,
    runtime: RuntimeDep,
    run_id: UuidText,
    limit: IntText = None,
    before: IntText = None,
    after: IntText = None,
    severity: Annotated[list[str], SEVERITY] = [],  # noqa: B006 FastAPI copies defaults
) -> Response:
    return send(await together_large(runtime, events.events_of, run_id, tuple(severity), events.window_of(limit, before, after)))


@router.get("/{run_id}/events/{severity}/get", summary="Events of one severity", response_model=Ok[list[schemas.Event]])
async def sct_events_get_by_severity(
    user: LoggedIn,
    runtime: RuntimeDep,
    run_id: UuidText,
    severity: str,
    limit: IntText = None,
    before: IntText = None,
    after: IntText = None,
) -> Response:
    return send(await together_large(runtime, events.events_of, run_id, (severity,), events.window_of(limit, before, after)))


@router.get("/{run_id}/events/{severity}/count", summary="How many events of a severity there are", response_model=Ok[int])
async def sct_events_count_by_severity(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, severity: str) -> Response:
    return send(await together(runtime, events.count_events, run_id, severity))


@router.get("/{run_id}/similar_events", summary="Similarity as it was computed before", response_model=Ok[list[schemas.OldSimilarEvents]])
async def sct_get_similar_events(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, events.legacy_similars, run_id))


@router.post(
    "/{run_id}/event/similar",
    summary="Events of other runs that are like one",
    response_model=Ok[list[schemas.SimilarEvent]],
    openapi_extra=body_of(schemas.SimilarEventsQuery),
)
async def sct_get_similar_events_realtime(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    return ok(await similarity.similar_events(runtime, run_id, body))


@router.post("/{run_id}/gemini/submit", summary="Results of gemini", response_model=Ok[str], openapi_extra=body_of(schemas.SubmitGemini))
async def sct_gemini_results_submit(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await gemini.submit_gemini(runtime, user, run_id, need(body, "gemini_data"))
    return ok("submitted")


@router.post(
    "/{run_id}/performance/submit",
    summary="Performance results, compared with earlier runs",
    response_model=Ok[str],
    openapi_extra=body_of(schemas.SubmitPerformance),
)
async def sct_performance_results_submit(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await performance.submit_performance(runtime, user, run_id, need(body, "performance_results"))
    return ok("submitted")


@router.get("/{run_id}/performance/history", summary="Earlier performance", response_model=Ok[list[schemas.EarlierPerformance]])
async def sct_get_performance_history(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, performance.performance_history, run_id))


@router.post("/{run_id}/junit/submit", summary="Keep a JUnit document", response_model=Ok[bool], openapi_extra=body_of(schemas.JunitReport))
async def sct_submit_junit_report(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await loads.submit_junit(runtime, run_id, body)
    return ok(True)


@router.post("/{run_id}/stress_cmd/submit", summary="Note a load", response_model=Ok[str], openapi_extra=body_of(schemas.NewStressCommand))
async def sct_add_stress_cmd(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_id: UuidText) -> Response:
    await loads.add_stress_command(runtime, run_id, body)
    return ok("added")


@router.get("/{run_id}/stress_cmd/get", summary="Loads of a run", response_model=Ok[list[schemas.StressCommandRow]])
async def sct_get_all_stress_cmds(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, loads.stress_commands, run_id))
