"""`argus documents …`"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import httpx
import typer

from argus.cli import remote
from argus.cli.terminal import Failure, note, say, say_json, say_table

app = typer.Typer(help="Documents on a server: reports, logs.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
PATH = "/documents"


@app.command("upload")
def upload(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, readable=True, help="The files.")],
    run_id: Annotated[str | None, typer.Option("--run", metavar="ID", help="The run that they belong to.")] = None,
    document_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Their type: it says how they are read.")] = None,
    metadata: Annotated[str | None, typer.Option("--metadata", metavar="JSON", help="What is to be kept with them: a JSON object.")] = None,
    workspace: remote.Workspace = None,
    server: remote.Server = None,
) -> None:
    """Upload files, and print the id of each. A file that is there already keeps its id."""
    fields = {"run_id": run_id, "document_type": document_type, "metadata": metadata}
    with remote.client(server, workspace) as connection:
        for file in files:
            with file.open("rb") as content:
                data = {name: value for name, value in fields.items() if value is not None}
                made = remote.call(connection, "POST", PATH, files={"file": (file.name, content)}, data=data, timeout=httpx.Timeout(600.0))
            if made["duplicate"]:
                note(f"{file.name} was there already.")
            say(made["document_id"])


@app.command("list")
def list_documents(
    run_id: Annotated[str | None, typer.Option("--run", metavar="ID", help="Only those of a run.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 50,
    as_json: AsJson = False,
    workspace: remote.Workspace = None,
    server: remote.Server = None,
) -> None:
    """Documents of the workspace, the newest first."""
    with remote.client(server, workspace) as connection:
        found = remote.pages(connection, PATH, limit, run_id=run_id)
    if as_json:
        say_json(found)
        return
    names = ("document_id", "original_filename", "content_type", "byte_size", "run_id", "created_at")
    say_table(("ID", "NAME", "TYPE", "BYTES", "RUN", "CREATED"), ([each[name] for name in names] for each in found))


@app.command("get")
def get(
    document: Annotated[str, typer.Argument(metavar="ID", help="The document.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the content there; `-` is standard output.")
    ] = None,
    workspace: remote.Workspace = None,
    server: remote.Server = None,
) -> None:
    """What is known of a document, or with --output its content."""
    with remote.client(server, workspace) as connection:
        if output is None:
            say_json(remote.call(connection, "GET", f"{PATH}/{document}"))
            return
        try:
            with connection.stream("GET", f"{PATH}/{document}/download") as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise Failure(remote.refusal(answer))
                _write(answer, output)
        except httpx.HTTPError as error:
            raise Failure(f"{connection.base_url}: {error or type(error).__name__}") from None


def _write(answer: httpx.Response, output: Path) -> None:
    if str(output) == "-":
        for piece in answer.iter_bytes():
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    temporary = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with temporary.open("xb") as file:
            for piece in answer.iter_bytes():
                file.write(piece)
        temporary.replace(output)
    finally:
        temporary.unlink(missing_ok=True)
