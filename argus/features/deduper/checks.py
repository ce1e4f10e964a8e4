"""Whether a job could be run now: looked at before each job, and shown by the health check."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from argus.db.database import open_database
from argus.features.deduper import launch
from argus.features.deduper.tables import DedupeCluster, DedupeJob, DedupeMember, DedupeReport
from argus.kit.pools import HOUSEKEEPING
from argus.kit.settings import Settings
from argus.runtime import Runtime
from argus.storage.errors import StorageError

STORAGE_WITHIN = 2.0  # seconds
FREE = 1 << 30  # bytes
NEEDED = ("datasketch", "rapidfuzz")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `detail` may name paths: it is for those who are logged in."""

    ok: bool
    required: bool
    detail: str = ""


async def looked_at(runtime: Runtime) -> dict[str, Check]:
    """Every check by its name."""
    local = await runtime.blocking(HOUSEKEEPING, _local, runtime.settings)
    return {**local, "storage": await _storage(runtime)}


def failing(checks: dict[str, Check]) -> dict[str, Check]:
    """The checks without which no job can be run."""
    return {name: check for name, check in checks.items() if check.required and not check.ok}


def _local(settings: Settings) -> dict[str, Check]:
    required: dict[str, Callable[[Settings], str]] = {
        "command": _command,
        "workDir": _work_folder,
        "python": _python,
        "environment": _environment,
    }
    checks = {}
    for name, look in required.items():
        problem = look(settings)
        checks[name] = Check(not problem, True, problem)
    return {**checks, "diskFree": _disk(settings)}


def _command(settings: Settings) -> str:
    try:
        command = launch.command_of(settings)
    except ValueError as problem:
        return f"DEDUPER_COMMAND: {problem}"
    program = shutil.which(command[0])
    if program is None:
        return f"{command[0]} is no file that can be executed"
    allowed = launch.allowed_folders(settings)
    for path in [Path(program), *(Path(part) for part in command[1:] if part.startswith("/"))]:
        if not path.exists():
            return f"{path} does not exist"
        if not any(path.resolve().is_relative_to(folder) for folder in allowed):
            return f"{path.resolve()} is outside of {', '.join(map(str, allowed))} (DEDUPER_ALLOWED_DIRS)"
    return ""


def _work_folder(settings: Settings) -> str:
    folder = launch.work_folder(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        return f"{folder}: {problem.strerror}"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written to"


def _python(settings: Settings) -> str:
    if settings.DEDUPER_COMMAND:
        return ""
    missing = [name for name in NEEDED if find_spec(name) is None]
    return f"{', '.join(missing)} not installed: pip install 'argus-run-tracker[deduper]'" if missing else ""


def _environment(settings: Settings) -> str:
    missing = [name for name in settings.DEDUPER_REQUIRED_ENV if not os.environ.get(name)]
    return f"{', '.join(missing)} not set" if missing else ""


def _disk(settings: Settings) -> Check:
    folder = launch.work_folder(settings)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Check(free >= FREE, False, f"{free / 2**30:.1f} GiB")


async def _storage(runtime: Runtime) -> Check:
    try:
        async with asyncio.timeout(STORAGE_WITHIN):
            await runtime.store.ping()
            database = await open_database(runtime)
            async with database.reading() as session:
                for table in (DedupeJob.job_id, DedupeReport.job_id, DedupeCluster.job_id, DedupeMember.job_id):
                    await session.execute(select(table).limit(1))
    except TimeoutError:
        return Check(False, True, f"no answer within {STORAGE_WITHIN:g} s")
    except (SQLAlchemyError, StorageError, OSError, LookupError) as problem:
        return Check(False, True, type(problem).__name__)
    return Check(True, True)
