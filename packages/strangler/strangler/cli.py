"""`strangler --app module:attribute COMMAND`: the registry of any application, from its first line to the last cut-over."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from strangler import commands, moves
from strangler.commands import note
from strangler.gateway import Gateway
from strangler.registry import LANES, Lane, RegistryError

app = typer.Typer(help=__doc__, no_args_is_help=True, rich_markup_mode=None, add_completion=False)
Header = Annotated[
    list[str] | None, typer.Option("--header", metavar="'NAME: VALUE'", help="Sent with every request: recorded traffic has no logins.")
]


@app.callback()
def _application(
    context: typer.Context,
    application: Annotated[
        str,
        typer.Option("--app", metavar="MODULE:ATTRIBUTE", envvar="STRANGLER_APP", help="The gateway; for `init` also a Flask application."),
    ],
) -> None:
    context.obj = application


def _load(context: typer.Context) -> Any:
    module, colon, attribute = str(context.obj).partition(":")
    if not colon:
        raise typer.BadParameter("expected MODULE:ATTRIBUTE, as in asgi:app", param_hint="--app")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, RegistryError) as error:
        raise _failed(error) from error
    return found


def _gateway(context: typer.Context) -> Gateway:
    found = _load(context)
    if not isinstance(found, Gateway):
        raise typer.BadParameter(f"it is a {type(found).__name__}, and no Gateway", param_hint="--app")
    return found


def _failed(error: Exception) -> typer.Exit:
    typer.echo(f"Error: {error}", err=True)
    return typer.Exit(1)


@app.command()
def init(context: typer.Context) -> None:
    """Print a first registry: every route of the Flask application, with what Flask does around it and what stands in its way."""
    from strangler.starting import first_registry

    found = _load(context)
    typer.echo(first_registry(found.flask_app if isinstance(found, Gateway) else found), nl=False)


@app.command("list")
def list_routes(context: typer.Context, name: Annotated[str | None, typer.Argument(help="A blueprint: list its routes.")] = None) -> None:
    """Print the blueprints and their owners; of one blueprint, its routes and what Flask does around them."""
    try:
        for line in moves.listed(_gateway(context), name):
            typer.echo("  ".join(line))
    except moves.Refused as error:
        raise _failed(error) from error


@app.command()
def check(context: typer.Context) -> None:
    """Hold the registry against both applications. Fails when they disagree."""
    gateway = _gateway(context)
    found = moves.problems_of(gateway)
    for problem in found:
        typer.echo(str(problem))
    for name, blueprint in gateway.live.registry.blueprints.items():
        if blueprint.owner == "fastapi":  # they are lost by now, or acknowledged
            for each in gateway.audit.against(gateway.live.registry, name):
                typer.echo(f"note: {name}: {each}", err=True)
    if found:
        raise typer.Exit(1)


@app.command()
def scaffold(context: typer.Context, name: Annotated[str, typer.Argument(help="A blueprint of Flask.")]) -> None:
    """Print the first draft of a FastAPI router for a blueprint of Flask."""
    from strangler.scaffold import scaffold as draft

    try:
        typer.echo(draft(_gateway(context).flask_app, name), nl=False)  # type: ignore[arg-type]
    except LookupError as error:
        raise _failed(error) from error


@app.command()
def record(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What workers have recorded.")],
) -> None:
    """Print a HAR of the traffic that workers recorded with `Gateway(around=recording_to(FILE))`."""
    from strangler.recorder import har_of

    typer.echo(har_of(file.read_text("utf-8")))


@app.command()
def replay(
    context: typer.Context,
    har: Annotated[Path, typer.Argument(metavar="FILE.har", exists=True, dir_okay=False, help="Recorded traffic.")],
    against: Annotated[str, typer.Option("--against", metavar="LANES", help="The lanes to ask, with commas between.")] = "flask,fastapi",
    header: Header = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="PATH", help="A place that may differ; `*` is anything.")] = None,
    writes: Annotated[bool, typer.Option("--writes", help="Play requests that change data too, and let them.")] = False,
) -> None:
    """Play recorded traffic on the lanes and compare each answer with the recorded one."""
    from strangler.har import HarError, is_safe, read_har
    from strangler.replaying import replayed, rows

    lanes: list[Lane] = [lane for lane in LANES if lane in against.split(",")]
    if set(lanes) != set(against.split(",")):
        raise typer.BadParameter(f"expected lanes of {', '.join(LANES)}, with commas between", param_hint="--against")
    headers = [_header(each) for each in header or ()]
    try:
        exchanges = [each for each in read_har(har.read_text("utf-8"), note) if writes or is_safe(each)]
        found = moves.run(replayed(_gateway(context), exchanges, lanes, headers, ignore or [], may_write=writes))
    except (HarError, UnicodeDecodeError, RuntimeError) as error:
        raise _failed(error) from error
    for row in rows(found):
        typer.echo("  ".join(map(str, row)))
    differing = sum(bool(each.differences) for each in found)
    note(f"{differing} of {len(found)} answers differ, {sum(each.differences is None for each in found)} were not compared.")
    if differing:
        raise typer.Exit(1)


@app.command()
def console(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", help="Of this machine; 0 takes a free one.")] = 0,
    parity: Annotated[Path, typer.Option("--parity", metavar="FILE", help="The record that `parity` writes.")] = Path("parity.json"),
) -> None:
    """Serve the console on this machine, for whoever knows its address, over the state that the workers share."""
    from strangler.console.alone import serve

    try:
        serve(_gateway(context), port, parity, typer.echo)
    except (ImportError, OSError) as error:
        raise _failed(error) from error


@app.command()
def parity(
    context: typer.Context,
    har: Annotated[Path, typer.Argument(metavar="FILE.har", exists=True, dir_okay=False, help="Recorded traffic.")],
    record: Annotated[Path, typer.Option("--record", metavar="FILE", help="Where the result is kept.")] = Path("parity.json"),
    header: Header = None,
) -> None:
    """Play recorded traffic on both lanes, compare their answers, and keep the record that `cutover` asks for."""
    from strangler.parity import play

    headers = [_header(each) for each in header or ()]
    found = moves.run(play(_gateway(context), har.read_text("utf-8"), record, note, headers))
    for name, result in sorted(found.items()):
        typer.echo(f"{name}: {result.requests} requests, {result.differences} differences, {result.failures} failures")
    if any(result.differences or result.failures for result in found.values()):
        raise typer.Exit(1)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise typer.BadParameter("expected a name and a value, as in 'Authorization: token …'", param_hint="--header")
    return name.strip(), value.strip()


def _subject(context: typer.Context, registry: Path | None) -> moves.Subject:
    try:
        return moves.subject_of(_gateway(context), registry)
    except moves.Refused as error:
        raise _failed(error) from error


commands.add_to(app, _subject)


def main() -> None:
    """The command's beginning."""
    app()
