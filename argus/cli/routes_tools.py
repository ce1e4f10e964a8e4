"""`argus routes scaffold` and `argus routes replay`: help for whoever moves a blueprint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from argus.cli.terminal import Failure, misuse, note, run, say, say_json, say_table
from argus.kit.settings import Settings, load_settings
from strangler.registry import Lane, RegistryError

if TYPE_CHECKING:
    from strangler.har import Ask, Exchange, Replayed


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
    from strangler.har import replay as play

    async with AsyncExitStack() as stack:
        asking = {lane: await stack.enter_async_context(_asking(settings, lane, headers, writes)) for lane in lanes}
        return await play(exchanges, asking, ignore, "X-Argus-")


@asynccontextmanager
async def _asking(settings: Settings, lane: Lane, headers: list[tuple[str, str]], writes: bool) -> AsyncIterator[Ask]:
    """A lane of Argus in this process. Unless `writes`, its store refuses them."""
    import httpx

    from argus.storage.store import read_only
    from argus.web.app import create_gateway
    from strangler.compare import Answer
    from strangler.har import Request
    from strangler.shadow import Visit, shadowing

    try:
        gateway = create_gateway(settings.model_copy(update={"JOBS_ENABLED": False}), lane=lane)
    except RegistryError as error:
        raise Failure(f"{settings.REGISTRY}: {error}") from error
    given = {name.lower() for name, _ in headers}

    async def ask(request: Request) -> Answer | None:
        visit = None if writes else Visit()
        tokens = shadowing.set(visit), read_only.set(visit)
        try:
            sent = [each for each in request.headers if each[0].lower() not in given] + headers
            answer = await client.request(request.method, request.url, headers=sent, content=request.body)
        finally:
            shadowing.reset(tokens[0])
            read_only.reset(tokens[1])
        if visit is not None and visit.wrote:
            return None
        return Answer(answer.status_code, [(name.lower(), value) for name, value in answer.headers.raw], answer.content)

    transport = httpx.ASGITransport(app=gateway, raise_app_exceptions=False)
    async with _lifespan(gateway), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        client.headers.clear()
        yield ask


@asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    """An ASGI application's lifespan, as a server runs it."""
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    running = asyncio.ensure_future(app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    first = await outgoing.get()
    if first["type"] != "lifespan.startup.complete":
        await asyncio.wait([running])
        raise Failure(f"Argus does not start: {first.get('message', '')}")
    try:
        yield
    finally:
        await incoming.put({"type": "lifespan.shutdown"})
        await running


def _tell(found: list[Replayed], as_json: bool) -> None:
    from strangler.shadow_record import redacted

    rows = [
        (each.request.method, each.request.url, each.lane, place.path, redacted(place.path, place.one), redacted(place.path, place.other))
        for each in found
        for place in each.differences or ()
    ]
    if as_json:
        say_json([dict(zip(("method", "url", "lane", "path", "recorded", "now"), row, strict=True)) for row in rows])
    elif rows:
        say_table(("METHOD", "URL", "LANE", "PATH", "RECORDED", "NOW"), rows)
    if refused := [each for each in found if each.differences is None]:
        note(f"{len(refused)} answers were not compared: their requests tried to write.")
    differing = sum(bool(each.differences) for each in found)
    if differing:
        raise Failure(f"{differing} of {len(found)} answers differ")
    note(f"{len(found) - len(refused)} answers are as they were recorded.")
