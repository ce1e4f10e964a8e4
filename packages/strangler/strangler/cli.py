"""`strangler --app module:attribute COMMAND`: the registry of any application, from its first line to the last cut-over."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from strangler import edit, moves
from strangler.gateway import Gateway
from strangler.registry import Lane, RegistryError

app = typer.Typer(help=__doc__, no_args_is_help=True, rich_markup_mode=None, add_completion=False)
Name = Annotated[str, typer.Argument(help="The blueprint.")]
Route = Annotated[str | None, typer.Option("--route", metavar="'METHOD PATH'", help="Only this route of the blueprint.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the journal.")]


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


@app.command("set")
def set_owner(
    context: typer.Context,
    name: Name,
    owner: Annotated[Lane, typer.Option("--owner", help="Who is to serve it.")],
    route: Route = None,
    why: Why = "",
) -> None:
    """Give a blueprint, or one of its routes, to a framework. Running servers follow within a second; the file keeps its comments."""
    _change(context, name, lambda text: edit.set_owner(text, owner, name, _parts(route)), why, f"{route or name} is {owner}'s now.")


@app.command()
def canary(
    context: typer.Context,
    name: Name,
    percent: Annotated[float, typer.Option("--percent", min=0, max=100, help="Of the callers; 0 ends the canary.")],
    route: Route = None,
    why: Why = "",
) -> None:
    """Give a share of the callers of a blueprint to the other lane."""
    said = f"{route or name}: {f'{percent:g} % go to the other lane' if percent else 'no canary'}."
    _change(context, name, lambda text: edit.set_canary(text, percent, name, _parts(route)), why, said)


@app.command()
def cutover(
    context: typer.Context,
    name: Name,
    parity: Annotated[Path, typer.Option("--parity", metavar="FILE", help="The record that `parity` writes.")] = Path("parity.json"),
    force: Annotated[bool, typer.Option("--force", help="Whatever speaks against it; the journal says so.")] = False,
    why: Why = "",
) -> None:
    """Give a blueprint to FastAPI. Refused while evidence is missing, or what Flask does around its routes is not acknowledged."""
    gateway = _gateway(context)
    try:
        against, evidence = moves.run(moves.evidence(gateway, name, parity))
    except moves.Refused as error:
        raise _failed(error) from error
    if against and not force:
        raise _failed(moves.Refused(f"{name} stays where it is: {'; '.join(against)}"))
    told = "; ".join(filter(None, (f"forced, although {'; '.join(against)}" if against else "", evidence)))
    _change(context, name, lambda text: edit.cut_over(text, name), why, f"{name} is fastapi's now.", told)


@app.command()
def rollback(context: typer.Context, name: Name, why: Why = "") -> None:
    """Give a blueprint back to Flask, with all its routes and without canary. Needs no evidence."""
    _change(context, name, lambda text: edit.roll_back(text, name), why, f"{name} is flask's now.")


@app.command()
def disable(context: typer.Context, name: Name, why: Why = "") -> None:
    """Switch a blueprint off: its routes answer 503 with `Retry-After`, on whichever lane they are."""
    _change(context, name, lambda text: edit.set_enabled(text, name, False), why, f"{name} is switched off.")


@app.command()
def enable(context: typer.Context, name: Name, why: Why = "") -> None:
    """Switch a blueprint on again."""
    _change(context, name, lambda text: edit.set_enabled(text, name, True), why, f"{name} is switched on.")


@app.command()
def scaffold(context: typer.Context, name: Annotated[str, typer.Argument(help="A blueprint of Flask.")]) -> None:
    """Print the first draft of a FastAPI router for a blueprint of Flask."""
    from strangler.scaffold import scaffold as draft

    try:
        typer.echo(draft(_gateway(context).flask_app, name), nl=False)  # type: ignore[arg-type]
    except LookupError as error:
        raise _failed(error) from error


@app.command()
def journal(context: typer.Context, name: Annotated[str | None, typer.Argument(help="A blueprint.")] = None) -> None:
    """Print who changed what about the registry, the last change first."""
    for entry in moves.run(moves.journal(_gateway(context), name)):
        row = (
            entry.at.isoformat(timespec="seconds"),
            entry.who,
            entry.source,
            entry.subject,
            entry.what,
            entry.before,
            entry.after,
            entry.why,
        )
        typer.echo("  ".join(row))


@app.command()
def record(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What workers have recorded.")],
) -> None:
    """Print a HAR of the traffic that workers recorded with `Gateway(around=recording_to(FILE))`."""
    from strangler.recorder import har_of

    typer.echo(har_of(file.read_text("utf-8")))


@app.command()
def parity(
    context: typer.Context,
    har: Annotated[Path, typer.Argument(metavar="FILE.har", exists=True, dir_okay=False, help="Recorded traffic.")],
    record: Annotated[Path, typer.Option("--record", metavar="FILE", help="Where the result is kept.")] = Path("parity.json"),
    header: Annotated[
        list[str] | None, typer.Option("--header", metavar="'NAME: VALUE'", help="Sent with every request: recorded traffic has no logins.")
    ] = None,
) -> None:
    """Play recorded traffic on both lanes, compare their answers, and keep the record that `cutover` asks for."""
    from strangler.parity import play

    headers = [_header(each) for each in header or ()]
    found = moves.run(play(_gateway(context), har.read_text("utf-8"), record, lambda text: typer.echo(text, err=True), headers))
    for name, result in sorted(found.items()):
        typer.echo(f"{name}: {result.requests} requests, {result.differences} differences, {result.failures} failures")
    if any(result.differences or result.failures for result in found.values()):
        raise typer.Exit(1)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise typer.BadParameter("expected a name and a value, as in 'Authorization: token …'", param_hint="--header")
    return name.strip(), value.strip()


def _parts(route: str | None) -> tuple[str, str] | None:
    if route is None:
        return None
    method, _, path = route.partition(" ")
    if not path.startswith("/"):
        raise typer.BadParameter("expected a method and a path, as in 'GET /books'", param_hint="--route")
    return method.upper(), path


def _change(context: typer.Context, name: str, edited: moves.Edit, why: str, said: str, evidence: str = "") -> None:
    try:
        left = moves.run(moves.change(_gateway(context), name, edited, why, evidence))
    except (moves.Refused, RegistryError, OSError) as error:
        raise _failed(error) from error
    typer.echo(said, err=True)
    if left:
        typer.echo(left, err=True)


def main() -> None:
    """The command's beginning."""
    app()
