"""`argus jobs submit|wait|tables`: jobs of a server that take tables out of documents."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from argus.cli import remote
from argus.cli.terminal import Failure, note, say, say_json, say_table

POLLED = 1.0  # seconds
ENDED = ("success", "failed", "cancelled")

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job, as `argus jobs submit` printed it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def add_to(app: typer.Typer) -> None:
    """Put the commands beside those of periodic work: an extraction job is named by its id, never by a name."""
    app.command("submit")(submit)
    app.command("wait")(wait)
    app.command("tables")(tables)


def submit(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="The document, as `argus documents upload` printed it.")],
    configuration: Annotated[
        str | None, typer.Option("--configuration", metavar="ID", help="How to read it; else as its type says.")
    ] = None,
    document_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Read it as one of this type.")] = None,
    workspace: remote.Workspace = None,
    server: remote.Server = None,
) -> None:
    """Have a server take the tables out of a document, and print the job's id."""
    body = {"document_id": document, "configuration_id": configuration, "document_type": document_type}
    with remote.client(server, workspace) as connection:
        job = remote.call(connection, "POST", "/jobs", json={name: value for name, value in body.items() if value is not None})
    say(job["job_id"])


def wait(
    job: JobId,
    seconds: Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait.")] = 600,
    workspace: remote.Workspace = None,
    server: remote.Server = None,
) -> None:
    """Wait for the end of an extraction job; exit code 1 unless it succeeds."""
    until = time.monotonic() + seconds
    with remote.client(server, workspace) as connection:
        while (found := remote.call(connection, "GET", f"/jobs/{job}"))["status"] not in ENDED:
            if time.monotonic() > until:
                raise Failure(f"job {job} has not ended within {seconds:g} s; it is {found['status']}")
            time.sleep(POLLED)
    if found["status"] != "success":
        reason = (found["error"] or {}).get("message", "")
        raise Failure(f"job {job} {found['status']}" + (f": {reason}" if reason else ""))
    say(f"{found['metrics'].get('tables', 0)} tables, {found['metrics'].get('rows', 0)} rows")


def tables(job: JobId, as_json: AsJson = False, workspace: remote.Workspace = None, server: remote.Server = None) -> None:
    """The tables that an extraction job found."""
    with remote.client(server, workspace) as connection:
        found: list[dict[str, Any]] = remote.pages(connection, f"/jobs/{job}/tables", 200)
    if as_json:
        say_json(found)
        return
    if not found:
        note("No table was found.")
    rows = ((t["table_id"], t["title"], t["row_count"], len(t["columns"]), (t["export"] or {}).get("document_id")) for t in found)
    say_table(("ID", "TITLE", "ROWS", "COLUMNS", "CSV"), rows)
