"""The routes of the deduper, as neither framework knows them: from a `Call` to an `Answer`. Both shells serve these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import argus
from argus.db.base import moment
from argus.features.deduper import reports, service
from argus.features.deduper.callers import Who, need_admin, need_reader, need_writer, visitor
from argus.features.deduper.health import health_of
from argus.features.deduper.paging import choice, cursor, limit_of, number, place_of
from argus.features.deduper.repeats import Keep, once
from argus.features.deduper.schemas import StartBody
from argus.features.deduper.shell import Call, read
from argus.features.deduper.subjects import as_kept
from argus.features.deduper.tables import DedupeJob
from argus.features.deduper.views import job_view, queued_view, stamp
from argus.kit.answer import TEXT, Answer, json_answer
from argus.kit.parse import loads
from argus.platform import errors
from argus.platform.errors import Conflict, NotAllowed, NotFound, invalid_value, validated
from argus.platform.request_ids import request_id
from argus.runtime import Runtime

Endpoint = Callable[[Runtime, Call], Awaitable[Answer]]

STATES = ("pending", "running", "completed", "failed", "cancelled")
LISTED = 1000  # jobs of the plain list
TAIL, LONGEST_TAIL = 500, 10_000  # lines


async def serve(runtime: Runtime, name: str, call: Call) -> Answer:
    """The answer of the endpoint of that name, or to what it raised."""
    endpoint: Endpoint = globals()[name]
    try:
        return await endpoint(runtime, call)
    except Exception as error:
        return errors.answer(error, request_id())


async def index(runtime: Runtime, call: Call) -> Answer:
    told = {"message": "deduper worker", "service": "argus-deduper", "framework": call.framework, "version": argus.__version__}
    return json_answer({**told, "time": stamp(moment())})


async def test(runtime: Runtime, call: Call) -> Answer:
    return json_answer({"message": "ok", "status": "ok", "time": stamp(moment())})


async def start_default(runtime: Runtime, call: Call) -> Answer:
    if call.query.get("lookup") == "1":
        await need_reader(runtime, call)
        return await _page_of_jobs(runtime, call)
    who = await need_writer(runtime, call)
    _refuse_cookie(who)
    return await _started(runtime, who, "recent", {"hours": number(call.query, "hours", 24, 1, 168)})


async def start_report(runtime: Runtime, call: Call) -> Answer:
    report_id = call.path["report_id"]
    if call.query.get("lookup") != "1":
        who = await need_writer(runtime, call)
        _refuse_cookie(who)
        return await _started(runtime, who, report_id, {})
    await need_reader(runtime, call)
    found = await service.jobs(runtime, LISTED, report_id=as_kept(report_id))
    if not found:
        raise NotFound("no_jobs_for_report", "There are no jobs for this report")
    return json_answer({"jobs": [job_view(job) for job in found]})


async def start(runtime: Runtime, call: Call) -> Answer:
    who = await need_writer(runtime, call)
    body = validated(StartBody, _json(read(call)), "body")

    async def work(keep: Keep) -> Answer:
        job, new = await service.start(
            runtime, who.id, body.report_id, body.parameters, request_id(), lambda session, job: keep(session, _queued(job))
        )
        if not new:
            raise Conflict("job_active", "A job for this report is active", job=job_view(job))
        return _queued(job)

    return await once(runtime, call, who.id, work)


async def list_jobs(runtime: Runtime, call: Call) -> Answer:
    await need_reader(runtime, call)
    return json_answer({"jobs": [job_view(job, logs=False) for job in await service.jobs(runtime, LISTED)]})


async def get_job(runtime: Runtime, call: Call) -> Answer:
    await need_reader(runtime, call)
    return json_answer(job_view(await service.get(runtime, call.path["job_id"])))


async def cancel(runtime: Runtime, call: Call) -> Answer:
    who = await need_writer(runtime, call)
    job, came = await service.cancel(runtime, call.path["job_id"], who.id, who.admin)
    if came == "requested" and call.query.get("wait") == "1":
        job = await service.until_ended(runtime, job.job_id)
        if job.status == "cancelled":
            came = "cancelled"
        elif job.status != "running":
            raise Conflict("job_finished", "Job already finished", status_=job.status)
    if came == "cancelled":
        return json_answer({"message": "Job cancelled", "job": job_view(job)})
    return json_answer({"message": "Cancellation requested", "job": job_view(job)}, 202)


async def logs(runtime: Runtime, call: Call) -> Answer:
    await need_reader(runtime, call)
    count = number(call.query, "tail", TAIL, 1, LONGEST_TAIL)
    text = await service.lines(runtime, call.path["job_id"], count)
    return Answer(text.encode("utf-8", "replace"), 200, TEXT, (("X-Content-Type-Options", "nosniff"),))


async def health(runtime: Runtime, call: Call) -> Answer:
    who = await visitor(runtime, call)
    status, body = await health_of(runtime, who is not None)
    return json_answer(body, status)


async def clear(runtime: Runtime, call: Call) -> Answer:
    who = await need_admin(runtime, call)
    deleted = await service.clear(runtime, who.id, call.query.get("reportId"), call.query.get("cancel") == "1")
    return json_answer({"message": "Table cleared", "deleted": deleted})


async def clusters(runtime: Runtime, call: Call) -> Answer:
    await need_reader(runtime, call)
    return json_answer(await reports.clusters(runtime, call.path["report_id"], call.query))


async def cluster_events(runtime: Runtime, call: Call) -> Answer:
    await need_reader(runtime, call)
    return json_answer(await reports.events(runtime, call.path["report_id"], call.path["cluster_id"], call.query))


async def signature_runs(runtime: Runtime, call: Call) -> Answer:
    await need_reader(runtime, call)
    return json_answer(await reports.runs_with(runtime, call.path["signature"], call.query))


def _refuse_cookie(who: Who) -> None:
    """No link and no prefetch of a browser starts a job."""
    if who.cookie:
        raise NotAllowed("method_not_allowed", "A browser starts jobs by POST", headers={"Allow": "POST"})


def _queued(job: DedupeJob) -> Answer:
    return json_answer({"message": "Job queued", "job": job_view(job)}, 201, ("Location", f"/deduper/jobs/{job.job_id}"))


async def _started(runtime: Runtime, who: Who, report_id: str, parameters: dict[str, Any]) -> Answer:
    job, new = await service.start(runtime, who.id, report_id, parameters, request_id())
    return json_answer(queued_view(job, new), 201 if new else 200)


async def _page_of_jobs(runtime: Runtime, call: Call) -> Answer:
    limit, status = limit_of(call.query), choice(call.query, "status", *STATES)
    place, about = place_of(runtime.settings, call.query, "jobs"), call.query.get("reportId")
    about = None if about is None else as_kept(about)
    found = await service.jobs(runtime, limit + 1, status=status, report_id=about, before=place[0] if place else None)
    following = cursor(runtime.settings, "jobs", found[limit - 1].job_id) if len(found) > limit else None
    page = [job_view(job) for job in found[:limit]]
    return json_answer({"jobs": page, "count": len(page), "next_cursor": following})


def _json(body: bytes) -> Any:
    try:
        return loads(body)
    except Exception:
        raise invalid_value(["body"], "no JSON") from None
