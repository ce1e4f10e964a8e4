"""`argus worker`"""

from __future__ import annotations

import asyncio
import logging.config
import signal
from typing import Annotated

import typer

from argus.cli.runtimes import open_runtime
from argus.cli.terminal import Failure, misuse, note, run
from argus.kit import logs
from argus.kit.settings import Settings, load_settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("worker")
def worker(
    queues: Annotated[str | None, typer.Option("--queues", metavar="A,B", help="Only of these queues; all, if it is not said.")] = None,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", min=1, max=64, help="Items at a time: of each queue, with celery of all; else QUEUE_CONCURRENCY."),
    ] = None,
) -> None:
    """Do the work of the queue in this process, until it is told to end (SIGTERM, Ctrl-C).

    A server does it beside its requests; with QUEUE_CONCURRENCY 0 it leaves it to workers like this one, on the same host. With
    QUEUE_ENGINE celery workers do it on any host.
    """
    from argus.platform.kinds import QUEUES

    wanted = tuple(name.strip() for name in queues.split(",")) if queues else QUEUES
    if unknown := sorted(set(wanted) - set(QUEUES)):
        misuse(f"there is no queue {', '.join(unknown)}; there are {', '.join(QUEUES)}", "--queues")
    settings = load_settings()
    logging.config.dictConfig(logs.log_config(settings.APP_LOG_LEVEL, settings.log_as_text))
    logs.hide(logs.secrets_of(settings.model_dump()))
    if settings.QUEUE_ENGINE == "celery":
        _celery(settings, wanted, concurrency or settings.QUEUE_CONCURRENCY or 1)
    else:
        run(_embedded(wanted, concurrency))


def _celery(settings: Settings, queues: tuple[str, ...], concurrency: int) -> None:
    from argus.db.database import prepare
    from argus.db.revisions import OldRevision

    try:
        from argus.platform.celery_worker import serve
    except ModuleNotFoundError as missing:
        raise Failure(f"{missing.name} is not installed: QUEUE_ENGINE celery needs Argus with its extra `celery`") from missing
    try:
        prepare(settings)
    except OldRevision as refused:
        raise Failure(str(refused)) from refused
    note(f"Working on {', '.join(queues)}.")
    serve(settings, open_runtime, queues, concurrency)


async def _embedded(queues: tuple[str, ...], concurrency: int | None) -> None:
    from argus.db.database import open_database
    from argus.db.revisions import OldRevision
    from argus.platform.worker import SeveralHosts, Workers

    ended = asyncio.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, ended.set)
    async with open_runtime() as runtime:
        try:
            workers = Workers(runtime, await open_database(runtime), queues, concurrency)
            await workers.start()
        except (SeveralHosts, OldRevision) as refused:
            raise Failure(str(refused)) from refused
        note(f"Working on {', '.join(queues)}.")
        await ended.wait()
        await workers.stop()
