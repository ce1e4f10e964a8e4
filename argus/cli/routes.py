"""`argus routes …`"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argus.cli import routes_finish, routes_moves, routes_tools
from argus.cli.registry_file import File, file_of, problems_of, read
from argus.cli.terminal import Failure, misuse, note, say, say_json, say_table
from strangler import commands
from strangler.registry import Blueprint

if TYPE_CHECKING:
    from strangler.check import Wanted

app = typer.Typer(help="Which framework serves which path.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@app.command("list")
def list_routes(
    name: Annotated[str | None, typer.Argument(help="A blueprint: list its routes.")] = None,
    registry: File = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print the blueprints and their owners; of one blueprint, its routes."""
    found = read(file_of(registry))
    if name is not None and name not in found.blueprints:
        misuse(f"there is no blueprint {name!r}; there are {', '.join(found.blueprints)}", "NAME")
    if as_json:
        say_json([row for each in ([name] if name else found.blueprints) for row in _rows(each, found.blueprints[each])])
    elif name:
        rows = _rows(name, found.blueprints[name])
        say_table(("METHODS", "PATH", "OWNER", "ENDPOINT"), ((" ".join(r["methods"]), r["path"], r["owner"], r["endpoint"]) for r in rows))
    else:
        say_table(("BLUEPRINT", "OWNER", "ROUTES", "ELSEWHERE", "SINCE"), map(_summary, found.blueprints.items()))


def _rows(name: str, blueprint: Blueprint) -> Iterator[dict[str, Any]]:
    for route in blueprint.routes:
        owner = route.owner or blueprint.owner
        yield {"blueprint": name, "methods": list(route.methods), "path": route.path, "owner": owner, "endpoint": route.endpoint}


def _summary(item: tuple[str, Blueprint]) -> tuple[Any, ...]:
    name, blueprint = item
    elsewhere = sum(route.owner not in (None, blueprint.owner) for route in blueprint.routes)
    return name, blueprint.owner, len(blueprint.routes), elsewhere or "", blueprint.since


CONTRACT = Path("docs/contract/routes.yaml")


@app.command("check")
def check(
    registry: File = None,
    contract: Annotated[
        Path | None, typer.Option("--contract", metavar="FILE", exists=True, dir_okay=False, help=f"Routes to be served; else {CONTRACT}.")
    ] = None,
) -> None:
    """Hold the registry against both applications and the contract: names, methods, converters, types. Fails when they disagree."""
    path = file_of(registry)
    wanted = _contract(contract or CONTRACT) if contract or CONTRACT.is_file() else []
    found = problems_of(read(path), wanted)
    for problem in found:
        say(f"{path}: {problem}")
    if found:
        raise Failure(f"{len(found)} things do not agree")
    note(f"Registry, Flask{', FastAPI and contract' if wanted else ' and FastAPI'} agree.")


def _contract(file: Path) -> list[Wanted]:
    """The routes of a list in YAML: path, methods, endpoint."""
    import yaml

    from strangler.check import Wanted

    try:
        routes = yaml.safe_load(file.read_text("utf-8"))["routes"]
        return [Wanted(route["path"], tuple(route["methods"]), route.get("endpoint")) for route in routes]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise Failure(f"{file} is no list of routes: {error}") from error


commands.add_to(app, routes_moves.subject_of)
routes_tools.add_to(app)
routes_finish.add_to(app)
