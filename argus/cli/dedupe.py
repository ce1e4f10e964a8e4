"""`argus dedupe …`"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from argus.cli.runtimes import open_runtime
from argus.cli.terminal import Failure, note, run, say, say_json, say_table
from argus.features.deduper import reports, service
from argus.features.deduper.views import job_view
from argus.kit.ulids import new_ulid
from argus.platform.errors import ExtensionError
from argus.runtime import Runtime

BY = "command line"

T = TypeVar("T")

app = typer.Typer(help="Group the events of a run that say the same.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Report = Annotated[str, typer.Argument(metavar="REPORT", help="The id of a run, `recent`, `test:ID` or `release:ID`.")]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The id that `argus dedupe start` prints.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("start")
def start(
    report: Report,
    severity: Annotated[list[str] | None, typer.Option("--severity", help="Severities; default CRITICAL and ERROR.")] = None,
    threshold: Annotated[float, typer.Option("--threshold", min=0.5, max=1, help="Similarity from which on texts say the same.")] = 0.85,
    as_json: AsJson = False,
) -> None:
    """Queue a job for a report; a server of Argus, or `argus worker`, runs it."""
    given: dict[str, Any] = {"threshold": threshold} | ({"severity": severity} if severity else {})
    job, new = run(_with(lambda runtime: service.start(runtime, BY, report, given, new_ulid())))
    if not new:
        note("A job for this report is active already.")
    _say_job(job_view(job), as_json)


@app.command("status")
def status(job_id: JobId, as_json: AsJson = False) -> None:
    """A job: how far it is, and what it came to."""
    _say_job(job_view(run(_with(lambda runtime: service.get(runtime, job_id)))), as_json)


@app.command("cancel")
def cancel(job_id: JobId, as_json: AsJson = False) -> None:
    """Ask for the end of a job."""
    job, _ = run(_with(lambda runtime: service.cancel(runtime, job_id, BY, admin=True)))
    _say_job(job_view(job), as_json)


@app.command("clusters")
def clusters(
    report: Report, limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many.")] = 50, as_json: AsJson = False
) -> None:
    """What was found for a report, the largest cluster first."""
    page = run(_with(lambda runtime: reports.clusters(runtime, report, {"limit": str(limit)})))
    if as_json:
        say_json(page)
        return
    rows = ((one["size"], one["severity"], one["eventType"], one["lastSeen"], _first_line(one)) for one in page["items"])
    say_table(("EVENTS", "SEVERITY", "TYPE", "LAST SEEN", "MESSAGE"), ((str(size), *rest) for size, *rest in rows))


@app.command("clear")
def clear(
    report: Annotated[str | None, typer.Option("--report", metavar="REPORT", help="Only this one.")] = None,
    cancel_first: Annotated[bool, typer.Option("--cancel", help="Cancel jobs that are pending or running first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove results and finished jobs of the deduper. Events stay."""
    deleted = run(_with(lambda runtime: service.clear(runtime, BY, report, cancel_first)))
    if as_json:
        say_json({"deleted": deleted})
        return
    say(f"{deleted['jobs']} jobs and {deleted['clusters']} clusters removed.")


async def _with(work: Callable[[Runtime], Awaitable[T]]) -> T:
    async with open_runtime() as runtime:
        try:
            return await work(runtime)
        except ExtensionError as refused:
            raise Failure(str(refused)) from refused


def _say_job(job: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(job)
        return
    shown = ("jobId", "reportId", "status", "createdAt", "startedAt", "completedAt", "progress", "error", "result")
    say_table(("", ""), ((key, str(job[key])) for key in shown if job[key] is not None))


def _first_line(cluster: dict[str, Any]) -> str:
    lines = str(cluster["representative"]["message"]).splitlines()
    return lines[0][:200] if lines else ""
