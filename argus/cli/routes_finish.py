"""`argus routes finish`: what still stands in the way of an Argus without Flask, and what can be deleted then."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

import argus
from argus.cli.registry_file import File, applications, file_of, read
from argus.cli.routes_moves import PARITY, STATE_MODELS, state_in
from argus.cli.stores import open_at
from argus.cli.terminal import Failure, note, run, say, say_json, say_table
from argus.kit.settings import Settings, load_settings
from strangler.evidence import EvidenceError, commit_of, objections, read_records, shadowed
from strangler.registry import Blueprint, Policy, Registry
from strangler.rules import canonical
from strangler.state import ALL, Entry, Override, blueprint_of, subject_of

QUIET = timedelta(days=14)  # since anything last went back to Flask
PACKAGE = Path(argus.__file__).parent
FLASK = frozenset({"flask", "flask_login", "a2wsgi"})
TWINS = ("lanes/flask.py", "web/flask_app.py", "web/light_flask.py", "web/plain.py", "web/deduper/flask_app.py")  # beside blueprints
BESIDE = ("uwsgi.ini", "argus_deduper_flask.py")  # of the folder that holds the package


class Obstacle(NamedTuple):
    """One thing that stands in the way."""

    subject: str
    """A blueprint, a route of one (`books: GET /books`), or `*`."""
    what: str


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command("finish")(finish)


def finish(registry: File = None, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Say what still stands in the way of removing Flask, and what can be deleted then. Fails while anything does. Changes nothing."""
    settings = load_settings()
    found = run(_obstacles(settings, read(file_of(registry))))
    files, lines = deletable(), mentions()
    if as_json:
        say_json({"obstacles": [each._asdict() for each in found], "delete": files, "edit": lines})
    else:
        if found:
            say_table(("SUBJECT", "STANDS IN THE WAY"), found)
            say("")
        say(f"With FLASK: off{', once nothing does,' if found else ''} these can be deleted:")
        for file in files:
            say(f"  {file}")
        say("the extra `flask` of pyproject.toml, and what still asks for them:")
        for line in lines:
            say(f"  {line}")
    if found:
        raise Failure(f"{len(found)} things stand in the way of removing Flask")
    note("Nothing stands in the way of removing Flask.")


async def _obstacles(settings: Settings, registry: Registry) -> list[Obstacle]:
    """Nothing where Flask is off already: all is FastAPI's then, whatever the registry says."""
    if not settings.FLASK:
        return []
    try:
        records = read_records(settings.DATA_DIR / PARITY)
    except EvidenceError as error:
        raise Failure(str(error)) from error
    in_flask = {canonical(rule.rule) for rule in applications(settings)[0].url_map.iter_rules()}
    commit = commit_of(PACKAGE)
    async with open_at(settings.storage_url, settings, STATE_MODELS) as store:
        state = state_in(store)
        shadow, overrides, journal = await state.published("shadow"), await state.overrides(), await state.journal(ALL)
    found = [Obstacle("*", "the setting LANE is flask")] if settings.LANE == "flask" else []
    found += owned(registry)
    found += overridden(overrides)
    for name, blueprint in registry.blueprints.items():
        if any(canonical(route.path) in in_flask for route in blueprint.routes):
            against = objections(name, blueprint, records, shadowed(shadow, name), commit=commit)
            found += [Obstacle(name, what) for what in against]
    found += went_back(journal, registry.blueprints)
    return found


def owned(registry: Registry) -> Iterator[Obstacle]:
    """What the registry gives to Flask: blueprints, routes, and shares of callers."""
    for name, blueprint in registry.blueprints.items():
        if blueprint.owner == "flask":
            yield Obstacle(name, "is Flask's")
        elif _has_canary(blueprint):
            yield Obstacle(name, "has a canary: some callers are Flask's")
        for route in blueprint.routes:
            owner = route.owner or blueprint.owner
            if owner == "flask" and blueprint.owner != "flask":
                yield Obstacle(subject_of(name, route), "is Flask's")
            elif owner == "fastapi" and _has_canary(route):
                yield Obstacle(subject_of(name, route), "has a canary: some callers are Flask's")


def _has_canary(policy: Policy) -> bool:
    canary = policy.canary
    return canary is not None and bool(canary.percent or canary.header or canary.users)


def overridden(overrides: Iterable[Override]) -> Iterator[Obstacle]:
    """What the console or the guard gives to Flask, whatever the registry says."""
    for each in overrides:
        if each.owner == "flask":
            yield Obstacle(each.subject, f"was given to Flask by {each.who}: {each.why}")
        elif each.percent:
            yield Obstacle(each.subject, f"has a canary of {each.percent:g} % by {each.who}")


def went_back(journal: Iterable[Entry], blueprints: dict[str, Blueprint], now: datetime | None = None) -> Iterator[Obstacle]:
    """Blueprints that went back to Flask of late; the last time of each."""
    since, seen = (now or datetime.now(UTC)) - QUIET, set[str]()
    for entry in journal:
        name = blueprint_of(entry.subject)
        if entry.at < since or name in seen or name not in blueprints or not _gives_back(entry):
            continue
        seen.add(name)
        reason = f" ({entry.why})" if entry.why else ""
        yield Obstacle(name, f"went back to Flask on {entry.at:%Y-%m-%d}{reason}, less than {QUIET.days} days ago")


def _gives_back(entry: Entry) -> bool:
    return entry.what in ("owner", "override") and entry.after.startswith("flask") and not entry.before.startswith("flask")


def deletable() -> list[str]:
    """Files of this installation that serve Flask alone, relative to the folder that holds the package."""
    files = [*sorted(PACKAGE.rglob("blueprint.py")), *(PACKAGE / each for each in TWINS), *(PACKAGE.parent / each for each in BESIDE)]
    return [str(file.relative_to(PACKAGE.parent)) for file in files if file.is_file()]


def mentions() -> list[str]:
    """Where what stays imports what goes, as `file:line`: inside functions and for types only, so that nothing of it is loaded."""
    going = deletable()
    gone = FLASK | {file.removesuffix(".py").replace("/", ".") for file in going}
    staying = [file for file in (*sorted(PACKAGE.rglob("*.py")), PACKAGE.parent / "argus_backend.py") if file.is_file()]
    return [
        f"{name}:{line}"
        for file in staying
        if (name := str(file.relative_to(PACKAGE.parent))) not in going
        for line in _imports(ast.parse(file.read_bytes()), gone)
    ]


def _imports(tree: ast.AST, gone: frozenset[str]) -> list[int]:
    """Lines of the imports of some modules."""
    found: list[int] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{name}" for name in names)]
        if any(name in gone for name in names):
            found.append(node.lineno)
    return sorted(found)
