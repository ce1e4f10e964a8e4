"""The deduper, served by FastAPI (docs/deduper.md#routes). What a route does stands in `endpoints.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, WebSocket
from fastapi.responses import PlainTextResponse

from argus.features.deduper import schemas, shell
from argus.features.deduper.shell import Call
from argus.kit.later import later
from argus.lanes.fastapi import IntText, RuntimeDep, SessionDep, body_of, head_of, send

if TYPE_CHECKING:
    from argus.features.deduper import watching
    from argus.platform import sockets
else:
    watching = later("argus.features.deduper.watching")
    sockets = later("argus.platform.sockets")

router = APIRouter(tags=["deduper"])

Flag = Annotated[str | None, Query(json_schema_extra={"enum": ["0", "1"]})]
Text = Annotated[str | None, Query()]
SignaturePath = Annotated[str, Path(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
Sort = Annotated[str | None, Query(json_schema_extra={"enum": ["size", "first_seen", "last_seen"]})]


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": schemas.Refused} for status in sorted({422, *statuses})}


async def answer(name: str, request: Request, runtime: Any, session: Any) -> Response:
    """The answer of an endpoint."""
    call = Call(
        head_of(request),
        session,
        dict(request.query_params),
        "fastapi",
        await _body(request),
        dict(request.path_params),
        getattr(request.app.state, "standalone", False),
        request.headers.get("idempotency-key"),
    )
    return send(await shell.answer(runtime, name, call))


async def _body(request: Request) -> bytes | None:
    read = b""
    async for part in request.stream():
        read += part
        if len(read) > shell.LONGEST:
            return None
    return read


@router.get("/deduper/", summary="What serves here", response_model=schemas.Index)
async def index(request: Request, runtime: RuntimeDep, session: SessionDep) -> Response:
    """Name and version of what answers, and which framework serves it."""
    return await answer("index", request, runtime, session)


@router.get("/test", summary="Does it answer; touches nothing", response_model=schemas.Ok, operation_id="deduper_test")
async def test(request: Request, runtime: RuntimeDep, session: SessionDep) -> Response:
    """Neither the database nor the program is asked."""
    return await answer("test", request, runtime, session)


@router.get("/deduper/health", summary="Could a job be run, and how jobs went", response_model=schemas.Health, responses=_refusals(503))
async def health(request: Request, runtime: RuntimeDep, session: SessionDep) -> Response:
    """How many jobs wait and run, how those of the last hour ended, and what is missing for one to be started; 503 where none could be."""
    return await answer("health", request, runtime, session)


@router.get(
    "/deduper/jobs",
    summary="Start a job for the runs of the last hours; `lookup=1`: list jobs",
    status_code=201,
    response_model=schemas.Queued,
    responses=_refusals(401, 405, 422, 429, 503),
)
async def start_default(
    request: Request,
    runtime: RuntimeDep,
    session: SessionDep,
    hours: IntText = None,
    lookup: Flag = None,
    status: Text = None,
    reportId: Text = None,
    limit: IntText = None,
    cursor: Text = None,
) -> Response:
    """For the runs of the last `hours`. With `lookup=1` nothing is started: jobs are listed, by `status` and `reportId`."""
    return await answer("start_default", request, runtime, session)


@router.post(
    "/deduper/jobs",
    summary="Start a job",
    status_code=201,
    response_model=schemas.Changed,
    responses=_refusals(401, 404, 409, 422, 429, 503),
    openapi_extra=body_of(schemas.StartBody),
)
async def start(request: Request, runtime: RuntimeDep, session: SessionDep) -> Response:
    """One job of a report is active at a time: 409 for a second one. 429 where too many wait."""
    return await answer("start", request, runtime, session)


@router.get("/deduper/jobs/list", summary="All known jobs", response_model=schemas.JobList, responses=_refusals(401))
async def list_jobs(request: Request, runtime: RuntimeDep, session: SessionDep) -> Response:
    """The newest first."""
    return await answer("list_jobs", request, runtime, session)


@router.get(
    "/deduper/jobs/reportId/{report_id}",
    summary="Start a job for a report; `lookup=1`: its jobs",
    status_code=201,
    response_model=schemas.Queued,
    responses=_refusals(401, 404, 405, 422, 429, 503),
)
async def start_report(request: Request, runtime: RuntimeDep, session: SessionDep, report_id: str, lookup: Flag = None) -> Response:
    """As `POST /deduper/jobs` with `reportId`, with default parameters. With `lookup=1` nothing is started: its jobs are listed."""
    return await answer("start_report", request, runtime, session)


@router.get("/deduper/jobs/{job_id}", summary="One job", response_model=schemas.Job, responses=_refusals(401, 404))
async def get_job(request: Request, runtime: RuntimeDep, session: SessionDep, job_id: str) -> Response:
    """Where it is, and what came of it."""
    return await answer("get_job", request, runtime, session)


@router.post("/deduper/jobs/{job_id}/cancel", summary="End a job", response_model=schemas.Changed, responses=_refusals(401, 403, 404, 409))
async def cancel(request: Request, runtime: RuntimeDep, session: SessionDep, job_id: str, wait: Flag = None) -> Response:
    """The program is ended; with `wait=1` the answer comes when it has. 409 for a job that has ended."""
    return await answer("cancel", request, runtime, session)


@router.get(
    "/deduper/jobs/{job_id}/logs",
    summary="What the program of a job printed",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": "120 events read\n14 clusters\n"}}}, **_refusals(401, 404)},
)
async def logs(request: Request, runtime: RuntimeDep, session: SessionDep, job_id: str, tail: IntText = None) -> Response:
    """The last `tail` lines."""
    return await answer("logs", request, runtime, session)


@router.delete(
    "/deduper/clear-db-table",
    summary="Remove results and finished jobs",
    response_model=schemas.Cleared,
    responses=_refusals(401, 403, 409),
)
async def clear(request: Request, runtime: RuntimeDep, session: SessionDep, reportId: Text = None, cancel: Flag = None) -> Response:
    """Of one report with `reportId`, else of all; for administrators. 409 while a job is active, unless `cancel=1` ends it first."""
    return await answer("clear", request, runtime, session)


@router.get(
    "/deduper/reports/{report_id}/clusters",
    summary="Clusters of a report",
    response_model=schemas.ClusterPage,
    responses=_refusals(401, 404, 422),
)
async def clusters(
    request: Request,
    runtime: RuntimeDep,
    session: SessionDep,
    report_id: str,
    severity: Text = None,
    min_size: IntText = None,
    sort: Sort = None,
    limit: IntText = None,
    cursor: Text = None,
) -> Response:
    """What the last completed job of the report found; `stale` says that events came since."""
    return await answer("clusters", request, runtime, session)


@router.get(
    "/deduper/reports/{report_id}/clusters/{cluster_id}/events",
    summary="Events of a cluster",
    response_model=schemas.MemberPage,
    responses=_refusals(401, 404, 422),
)
async def cluster_events(
    request: Request, runtime: RuntimeDep, session: SessionDep, report_id: str, cluster_id: str, limit: IntText = None, cursor: Text = None
) -> Response:
    """Those of one cluster, the earliest first, each with how like it is to the one that stands for all."""
    return await answer("cluster_events", request, runtime, session)


@router.get(
    "/deduper/signatures/{signature}/runs",
    summary="Where else a failure was seen",
    response_model=schemas.SeenPage,
    responses=_refusals(401, 404, 422),
)
async def signature_runs(
    request: Request, runtime: RuntimeDep, session: SessionDep, signature: SignaturePath, limit: IntText = None, cursor: Text = None
) -> Response:
    """Clusters of other reports with the same signature, the newest first."""
    return await answer("signature_runs", request, runtime, session)


@router.websocket("/ws/deduper/{job_id}")
async def job_socket(socket: WebSocket, job_id: str) -> None:
    """A job as it goes on: `job.status` with the whole job, `job.progress` with percent and message, `job.log` with lines."""
    await sockets.watch(socket, watching.of_job(job_id, getattr(socket.app.state, "standalone", False)))
