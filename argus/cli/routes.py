"""`argus routes …`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argus.cli import routes_tools
from argus.cli.terminal import Failure, misuse, note, say, say_json, say_table
from argus.gateway.registry import Blueprint, Lane, Registry, RegistryError, parse
from argus.kit.settings import Settings, load_settings

if TYPE_CHECKING:
    from argus.gateway.check import Problem, Wanted

app = typer.Typer(help="Which framework serves which path.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)

File = Annotated[
    Path | None, typer.Option("--registry", metavar="FILE", exists=True, dir_okay=False, help="The registry; else as the settings say.")
]


@app.command("list")
def list_routes(
    name: Annotated[str | None, typer.Argument(help="A blueprint: list its routes.")] = None,
    registry: File = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print the blueprints and their owners; of one blueprint, its routes."""
    found = _read(_file(registry))
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
    path = _file(registry)
    wanted = _contract(contract or CONTRACT) if contract or CONTRACT.is_file() else []
    found = _problems(_read(path), wanted)
    for problem in found:
        say(f"{path}: {problem}")
    if found:
        raise Failure(f"{len(found)} things do not agree")
    note(f"Registry, Flask{', FastAPI and contract' if wanted else ' and FastAPI'} agree.")


def _contract(file: Path) -> list[Wanted]:
    """The routes of a list in YAML: path, methods, endpoint."""
    import yaml

    from argus.gateway.check import Wanted

    try:
        routes = yaml.safe_load(file.read_text("utf-8"))["routes"]
        return [Wanted(route["path"], tuple(route["methods"]), route.get("endpoint")) for route in routes]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise Failure(f"{file} is no list of routes: {error}") from error


@app.command("set")
def set_owner(
    name: Annotated[str, typer.Argument(help="The blueprint.")],
    owner: Annotated[Lane, typer.Option("--owner", help="Who is to serve it.")],
    route: Annotated[str | None, typer.Option("--route", metavar="'METHOD PATH'", help="Only this route of the blueprint.")] = None,
    registry: File = None,
) -> None:
    """Give a blueprint, or one of its routes, to a framework. Running servers follow within a second; the file keeps its comments."""
    from argus.gateway import edit

    path = _file(registry)
    one = _method_and_path(route) if route is not None else None
    text = path.read_text("utf-8")
    try:
        changed = edit.set_owner(text, owner, name, one)
        if changed == text:
            note(f"{name} is {owner}'s already.")
            return
        known = {problem[:3] for problem in _problems(parse(text))}
        if new := [problem for problem in _problems(parse(changed)) if problem[:3] not in known]:
            raise Failure(f"{path} stays as it is: {'; '.join(map(str, new))}")
        edit.write(path, changed)
    except RegistryError as error:
        raise Failure(f"{path}: {error}") from error
    note(f"{route or name} is {owner}'s now.")


def _method_and_path(route: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    if not path.startswith("/"):
        misuse("expected a method and a path, as in 'GET /api/v1/releases'", "--route")
    return method.upper(), path


def _file(given: Path | None) -> Path:
    path = given or load_settings().REGISTRY
    if not path.is_file():
        raise Failure(f"there is no registry {path}")
    return path


def _read(path: Path) -> Registry:
    try:
        return parse(path.read_text("utf-8"))
    except (RegistryError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: {error}") from error


def _problems(registry: Registry, contract: Sequence[Wanted] = ()) -> list[Problem]:
    from argus.gateway.check import problems

    flask_app, fastapi_app = _applications(load_settings())
    return problems(registry, flask_app.url_map, fastapi_app, contract)


def _applications(settings: Settings) -> tuple[Any, Any]:
    """Both applications, without a gateway, which would refuse what is to be told here."""
    from argus.web.app import CallService
    from argus.web.fastapi_app import create_fastapi_app
    from argus.web.flask_app import create_flask_app
    from argus.web.worker import Worker

    worker = Worker(settings)
    return create_flask_app(settings, CallService(worker)), create_fastapi_app(settings, worker.open, worker.close)


routes_tools.add_to(app)
