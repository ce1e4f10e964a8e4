"""`argus jobs …`"""

from __future__ import annotations

import asyncio
import getpass
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer

from argus.cli import extraction
from argus.cli.runtimes import open_runtime
from argus.cli.terminal import Failure, note, run, say, say_json, say_table
from argus.jobs import board, told
from argus.jobs.catalogue import Job, job_named, wanted
from argus.jobs.scheduler import Jobs
from argus.kit.settings import load_settings
from argus.models.job import JobState
from argus.runtime import Runtime

POLLED = 0.5  # seconds between two looks at a turn that was asked for

app = typer.Typer(
    help="Periodic work of this server: list, history, run, pause, resume, serve, by the name of a job. Reading documents on any server: "
    "submit, wait, tables, by the id of one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The job, as `argus jobs list` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_jobs(as_json: AsJson = False) -> None:
    """Every job: whether it is on, when it is due next, and what its last turn came to."""
    rows = run(_rows())
    if as_json:
        say_json(rows)
        return
    columns = ("JOB", "STATE", "SCHEDULE", "NEXT", "LAST", "OUTCOME", "RESULT")
    say_table(columns, ((r["job"], r["state"], r["schedule"], r["next"], r["last"], r["outcome"], r["error"] or r["result"]) for r in rows))


@app.command("history")
def history(
    name: Name, limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many turns.")] = 20, as_json: AsJson = False
) -> None:
    """The last turns of a job that did something or failed, the newest first. Turns are kept for 30 days."""
    turns = run(_history(_known(name), limit))
    if as_json:
        say_json(turns)
        return
    columns = ("STARTED", "SECONDS", "OUTCOME", "RESULT", "BY")
    say_table(columns, ((t["started"], t["seconds"], t["outcome"], t["error"] or t["result"], t["holder"]) for t in turns))


@app.command("run")
def run_now(
    name: Name, seconds: Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait for the turn's end.")] = 600
) -> None:
    """Have a turn now, by the server that does the jobs, or here where none does. Paused jobs can be run, too."""
    turn = run(_run_now(_known(name), seconds))
    if turn.outcome != board.DONE:
        raise Failure(f"{name}: {turn.error or turn.outcome}")
    say(f"{name}: {turn.result or 'nothing to do'}")


@app.command("pause")
def pause(name: Name) -> None:
    """Have no turns of a job until it is resumed; a turn that runs goes on to its end."""
    run(_with_store(lambda runtime: board.pause(runtime.store, _known(name).name, _who())))
    note(f"{name} is paused.")


@app.command("resume")
def resume(name: Name) -> None:
    """Have a job's turns again. Slots that passed meanwhile are made up by one turn."""
    run(_with_store(lambda runtime: board.resume(runtime.store, _known(name).name)))
    note(f"{name} goes on.")


@app.command("serve")
def serve() -> None:
    """Do the jobs in a process of their own, where the web processes do not: under uWSGI, or with JOBS_ENABLED off."""
    note("Doing jobs; SIGTERM or Ctrl-C ends it.")
    run(_serve())


async def _serve() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    async with open_runtime() as runtime, _doing(runtime, wanted(runtime.settings)):
        await stop.wait()


@asynccontextmanager
async def _doing(runtime: Runtime, these: tuple[Job, ...]) -> AsyncIterator[None]:
    """Jobs are done here as well, if nobody else does them."""
    here = Jobs(runtime, these)
    here.start()
    try:
        yield
    finally:
        await here.stop()


async def _run_now(job: Job, seconds: float) -> JobState:
    async with open_runtime() as runtime:
        asked = await board.ask(runtime.store, job.name, _who())
        try:
            async with asyncio.timeout(seconds), _doing(runtime, (job,)):
                while True:
                    state = (await board.states(runtime.store)).get(job.name)
                    if state and state.started_at and state.started_at >= asked and state.ended_at:
                        return state
                    await asyncio.sleep(POLLED)
        except TimeoutError:
            raise Failure(f"{job.name}: no turn has ended within {seconds:g} s; `argus jobs list` shows what becomes of it") from None


async def _rows() -> list[told.ToldJob]:
    async with open_runtime() as runtime:
        return await told.jobs_of(runtime)


async def _history(job: Job, limit: int) -> list[told.ToldTurn]:
    async with open_runtime() as runtime:
        return await told.turns_of(runtime, job.name, limit)


async def _with_store(work: Any) -> None:
    async with open_runtime() as runtime:
        await work(runtime)


def _known(name: str) -> Job:
    try:
        return job_named(load_settings(), name)
    except LookupError as unknown:
        raise Failure(str(unknown)) from unknown


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


extraction.add_to(app)
