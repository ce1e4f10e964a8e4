"""The deduper, served by Flask (docs/deduper.md#routes). What a route does stands in `endpoints.py`."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from argus.features.deduper import shell
from argus.features.deduper.shell import Call
from argus.lanes.flask import browser_session, call, head, send

blueprint = Blueprint("deduper", __name__)


def _answer(name: str) -> Response:
    """The answer of an endpoint."""
    asked = Call(
        head(),
        browser_session(),
        request.args.to_dict(),
        "flask",
        _body(),
        {key: str(value) for key, value in (request.view_args or {}).items()},
        bool(current_app.extensions.get("argus.standalone")),
        request.headers.get("Idempotency-Key"),
    )
    return send(call(shell.answer, name, asked))


def _body() -> bytes | None:
    read: bytes = request.stream.read(shell.LONGEST + 1)
    return read if len(read) <= shell.LONGEST else None


@blueprint.get("/deduper/")
def index() -> Response:
    return _answer("index")


@blueprint.get("/test")
def test() -> Response:
    return _answer("test")


@blueprint.get("/deduper/health")
def health() -> Response:
    return _answer("health")


@blueprint.get("/deduper/jobs")
def start_default() -> Response:
    return _answer("start_default")


@blueprint.post("/deduper/jobs")
def start() -> Response:
    return _answer("start")


@blueprint.get("/deduper/jobs/list")
def list_jobs() -> Response:
    return _answer("list_jobs")


@blueprint.get("/deduper/jobs/reportId/<string:report_id>")
def start_report(report_id: str) -> Response:
    return _answer("start_report")


@blueprint.get("/deduper/jobs/<string:job_id>")
def get_job(job_id: str) -> Response:
    return _answer("get_job")


@blueprint.post("/deduper/jobs/<string:job_id>/cancel")
def cancel(job_id: str) -> Response:
    return _answer("cancel")


@blueprint.get("/deduper/jobs/<string:job_id>/logs")
def logs(job_id: str) -> Response:
    return _answer("logs")


@blueprint.delete("/deduper/clear-db-table")
def clear() -> Response:
    return _answer("clear")


@blueprint.get("/deduper/reports/<string:report_id>/clusters")
def clusters(report_id: str) -> Response:
    return _answer("clusters")


@blueprint.get("/deduper/reports/<string:report_id>/clusters/<string:cluster_id>/events")
def cluster_events(report_id: str, cluster_id: str) -> Response:
    return _answer("cluster_events")


@blueprint.get("/deduper/signatures/<string:signature>/runs")
def signature_runs(signature: str) -> Response:
    return _answer("signature_runs")
