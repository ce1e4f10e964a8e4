"""`argus routes scaffold` and `argus routes replay`: help for whoever moves a blueprint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from argus.cli.terminal import Failure, misuse, note, run, say, say_json, say_table
from argus.kit.settings import Settings, load_settings
from strangler.registry import Lane, RegistryError

if TYPE_CHECKING:
    from strangler.har import Exchange, Replayed


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command("scaffold")(scaffold)
    app.command("replay")(replay)


def scaffold(name: Annotated[str, typer.Argument(help="The Flask blueprint.")]) -> None:
    """Print the first draft of a FastAPI router for a Flask blueprint: its paths, with typed variables and query parameters."""
    from argus.cli.registry_file import applications
    from strangler import scaffold as drafts

    flask_app, _ = applications(load_settings())
    try:
        say(drafts.scaffold(flask_app, name).rstrip())
    except LookupError as error:
        misuse(str(error.args[0]), "NAME")


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.har", exists=True, dir_okay=False, help="Traffic that a browser has saved.")],
    against: Annotated[str, typer.Option("--against", metavar="LANES", help="The lanes to ask, with commas between.")] = "flask,fastapi",
    header: Annotated[
        list[str] | None, typer.Option("--header", metavar="'NAME: VALUE'", help="Sent with every request; browsers leave logins out.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="PATH", help="A place that may differ; `*` is anything.")] = None,
    writes: Annotated[bool, typer.Option("--writes", help="Play requests that change data too, and let them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Play recorded traffic on the lanes, over the data of the settings, and compare each answer with the recorded one."""
    from strangler.har import HarError, is_safe, read_har

    lanes: list[Lane] = [lane for lane in get_args(Lane) if lane in against.split(",")]
    if set(lanes) != set(against.split(",")):
        misuse(f"expected lanes of {', '.join(get_args(Lane))}, with commas between", "--against")
    headers = [_header(each) for each in header or ()]
    try:
        exchanges = read_har(file.read_text("utf-8"), note)
    except (HarError, UnicodeDecodeError) as error:
        raise Failure(f"{file}: {error}") from error
    played = [exchange for exchange in exchanges if writes or is_safe(exchange)]
    if len(played) < len(exchanges):
        note(f"{len(exchanges) - len(played)} requests that change data are left out; --writes plays them.")
    found = run(_replayed(load_settings(), played, lanes, headers, ignore or [], writes))
    _tell(found, as_json)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        misuse("expected a name and a value, as in 'Authorization: token …'", "--header")
    return name.strip(), value.strip()


async def _replayed(
    settings: Settings, exchanges: list[Exchange], lanes: list[Lane], headers: list[tuple[str, str]], ignore: list[str], writes: bool
) -> list[Replayed]:
    """Played in this process. Unless `writes`, the store refuses them."""
    from argus.storage.store import read_only
    from argus.web.app import create_gateway
    from strangler.replaying import replayed

    try:
        gateway = create_gateway(settings.model_copy(update={"JOBS_ENABLED": False}))
        return await replayed(gateway, exchanges, lanes, headers, ignore, may_write=writes, also=[read_only])
    except RegistryError as error:
        raise Failure(f"{settings.REGISTRY}: {error}") from error
    except RuntimeError as error:
        raise Failure(str(error)) from error


def _tell(found: list[Replayed], as_json: bool) -> None:
    from strangler.replaying import rows

    places = rows(found)
    if as_json:
        say_json([dict(zip(("method", "url", "lane", "path", "recorded", "now"), place, strict=True)) for place in places])
    elif places:
        say_table(("METHOD", "URL", "LANE", "PATH", "RECORDED", "NOW"), places)
    if refused := [each for each in found if each.differences is None]:
        note(f"{len(refused)} answers were not compared: their requests tried to write.")
    differing = sum(bool(each.differences) for each in found)
    if differing:
        raise Failure(f"{differing} of {len(found)} answers differ")
    note(f"{len(found) - len(refused)} answers are as they were recorded.")
