"""`argus serve`"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from argus.cli import accounts
from argus.cli.listening import WORKERS_FILE, doors, listen
from argus.cli.stores import open_at
from argus.cli.terminal import Failure, note, run, say
from argus.db.url import database_url, head, revision_of_file, sqlite_file
from argus.domain.new_accounts import Account
from argus.kit.errors import FlaskMissing
from argus.kit.logs import log_config
from argus.kit.settings import Settings, load_settings
from argus.models.enums import UserRoles
from argus.models.user import User
from argus.storage.errors import NoHostAvailable
from argus.storage.statements import select
from strangler.registry import Lane, RegistryError

KEEP_ALIVE = 75  # seconds; longer than a proxy keeps idle connections to us (nginx: 60)
LONGEST_REQUEST = 60  # seconds to end what is in flight when the server stops
WORKER_START = 30  # seconds a worker may take to come up, or to answer whether it lives

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("serve")
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one.")] = 8080,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    registry: Annotated[
        Path | None,
        typer.Option("--registry", metavar="FILE", exists=True, dir_okay=False, help="Who owns which path; else as the settings say."),
    ] = None,
    lane: Annotated[Lane | None, typer.Option("--lane", help="Serve everything from this framework, whatever the registry says.")] = None,
    first_admin: Annotated[
        bool, typer.Option("--first-admin", help="In a database without users, make an administrator and print the password.")
    ] = False,
    access_log: Annotated[bool, typer.Option("--access-log", help="Log every request.")] = False,
) -> None:
    """Serve Argus: both frameworks in one process, as the registry says.

    An embedded database is made and brought up to date first; the schema of a cluster is left to `argus db sync`.
    """
    if registry is not None:
        os.environ["ARGUS_REGISTRY"] = str(registry.resolve())
    if lane is not None:
        os.environ["ARGUS_LANE"] = lane
    settings = load_settings()
    if workers > 1:
        _share_metrics(settings)
    listener = listen(host, port)
    app = _application(settings)
    _prepare_platform(settings)
    run(_prepare(settings, first_admin))
    say(f"Argus at {_url(listener)}")
    _serve(app, listener, workers, log_config(settings.APP_LOG_LEVEL, settings.log_as_text), access_log)


def _application(settings: Settings) -> Any:
    """The application, made here also when workers make their own: what is wrong with it is said once, before anything listens."""
    try:
        return import_module("argus_backend").app
    except RegistryError as error:
        raise Failure(f"{settings.REGISTRY}: {error}") from error
    except FlaskMissing as error:
        raise Failure(str(error)) from error


def _url(listener: socket.socket) -> str:
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


async def _prepare(settings: Settings, first_admin: bool) -> None:
    """Bring an embedded database up to date, and make the first user where one is wanted."""
    if not settings.storage_url.startswith("sqlite:") and not first_admin:
        return
    try:
        async with open_at(settings.storage_url, settings) as store:
            if not first_admin or await store.first(select(User, "id")) is not None:
                return
            password = secrets.token_urlsafe(12)
            roles = [UserRoles.User, UserRoles.Manager, UserRoles.Admin]
            await accounts.add(
                store, [Account(username="admin", full_name="Administrator", email="admin@example.com", password=password, roles=roles)]
            )
    except NoHostAvailable as down:
        note(f"The database does not answer yet: {down}")
        return
    say(f"First user: admin, password: {password}")


def _prepare_platform(settings: Settings) -> None:
    """Bring the embedded relational database up to date. Where it is, that is seen without loading what could do it.

    Raises:
        Failure: a PostgreSQL has another revision.
    """
    file = sqlite_file(database_url(settings))
    if file is not None and revision_of_file(file) == head():
        return
    from argus.db.database import prepare
    from argus.db.revisions import OldRevision

    try:
        prepare(settings)
    except OldRevision as old:
        raise Failure(str(old)) from old


def _share_metrics(settings: Settings) -> None:
    """Several processes count into files of one folder, so that a scrape of any of them tells of all."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        folder = (settings.DATA_DIR / "metrics").resolve()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _loop(workers: int) -> str:
    if os.name != "posix":
        return "asyncio"
    return "argus.cli.sharing_out:SharingLoop" if workers > 1 else "uvloop"


def _serve(app: Any, listener: socket.socket, workers: int, logging: dict[str, Any], access_log: bool) -> None:
    import uvicorn
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(
        "argus_backend:app" if workers > 1 else app,
        workers=workers,
        loop=_loop(workers),
        http="httptools",
        log_config=logging,
        access_log=access_log,
        server_header=False,
        proxy_headers=False,  # whom to believe is a setting of ours
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LONGEST_REQUEST,
        timeout_worker_healthcheck=WORKER_START,
    )
    if workers > 1:
        with tempfile.NamedTemporaryFile(prefix="argus-workers-") as counts:
            os.environ[WORKERS_FILE] = counts.name
            supervisor = Multiprocess(config, sockets=[listener])
            supervisor.run()
        failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again once it is done
        server = uvicorn.Server(config)
        server.run(sockets=doors(listener))
        failed = not server.started
    if failed:
        raise typer.Exit(1)
