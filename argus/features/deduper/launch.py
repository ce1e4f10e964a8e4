"""How the program of a job is started: which command, in which folder, with which environment (docs/deduper.md#the-program)."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Any

from argus.db.url import SQLITE, database_url, sqlite_file
from argus.features.deduper import bootstrap
from argus.features.deduper.processes import MARK
from argus.kit.interpreter import interpreter
from argus.kit.settings import Settings

MODULE = "argus.features.deduper.worker_main"
MEMORY = 4 << 30  # bytes of address space
PARAMETERS = "parameters.json"
LOG = "job.log"

INHERITED = ("PATH", "HOME", "LANG", "TZ")
PASSED = (
    "SCYLLA_CONTACT_POINTS", "SCYLLA_USERNAME", "SCYLLA_PASSWORD", "SCYLLA_KEYSPACE_NAME", "SCYLLA_TABLETS_KEYSPACE_NAME",
    "SCYLLA_DATACENTER",
    "SCYLLA_TLS", "SCYLLA_TLS_CA_FILE", "SCYLLA_TLS_CERT_FILE", "SCYLLA_TLS_KEY_FILE", "SCYLLA_CONNECT_TIMEOUT", "SCYLLA_REQUEST_TIMEOUT",
    "SCYLLA_DRIVER", "RUN_TYPES", "APP_LOG_LEVEL",
)  # fmt: skip
OURS = ("ARGUS_STORAGE", "ARGUS_DATABASE_URL", MARK)
ALLOWED = frozenset((*INHERITED, *(f"ARGUS_{key}" for key in PASSED), *OURS))
"""Every variable that the program's environment may have: what it needs to reach the two databases, and nothing of the web's."""


def command_of(settings: Settings) -> list[str]:
    """The program and its own arguments."""
    return shlex.split(settings.DEDUPER_COMMAND) or [interpreter(), "-m", MODULE]


def allowed_folders(settings: Settings) -> list[Path]:
    """Where the program may stand: `DEDUPER_ALLOWED_DIRS`, else with the interpreter and with Argus."""
    given = [Path(folder) for folder in settings.DEDUPER_ALLOWED_DIRS]
    python = Path(interpreter())
    return [folder.resolve() for folder in given or [python.parent, python.resolve().parent, Path(__file__).parents[3]]]


def work_folder(settings: Settings) -> Path:
    """Where jobs have their folders."""
    return (settings.DEDUPER_WORK_DIR or settings.DATA_DIR / "deduper").absolute()


def vector(settings: Settings, job_id: str, attempt: int) -> list[str]:
    """The argument vector of a job: ids only, nothing that a caller wrote."""
    command = command_of(settings)
    program = shutil.which(command[0]) or command[0]
    bounded = [interpreter(), "-I", "-S", bootstrap.__file__, str(os.getpid()), str(MEMORY)]
    return [*bounded, program, *command[1:], "--job-id", job_id, "--attempt", str(attempt)]


def environment(settings: Settings, job_id: str) -> dict[str, str]:
    """The whole environment of the program."""
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    for key in PASSED:
        value = getattr(settings, key)
        if value not in (None, [], ""):
            env[f"ARGUS_{key}"] = ",".join(value) if isinstance(value, list) else str(value)
    env["ARGUS_STORAGE"] = _absolute(settings.storage_url)
    url, file = database_url(settings), sqlite_file(database_url(settings))
    env["ARGUS_DATABASE_URL"] = f"{SQLITE}{file.absolute()}" if file else url
    env[MARK] = job_id
    return env


def _absolute(url: str) -> str:
    prefix = "sqlite:///"
    return f"{prefix}{Path(url.removeprefix(prefix)).absolute()}" if url.startswith(prefix) else url


def prepare(folder: Path, parameters: dict[str, Any]) -> None:
    """Make the folder of a job with its parameters, for this user only. Blocks.

    Raises:
        OSError: the disk is full, or the folder cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / PARAMETERS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(parameters, file)


def why_not_started(folder: Path) -> str | None:
    """What stood in the way of the program of a job; None where it was started. Blocks."""
    try:
        return (folder / bootstrap.WHY).read_text()
    except FileNotFoundError:
        return None


def clean(folder: Path, keep_log: bool) -> None:
    """Remove the folder of a job that has ended; with its log kept for a day, where somebody may ask for it. Blocks."""
    if not keep_log:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name != LOG:
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
