"""What the hourly job removes: computations that nobody sees any more, and folders of jobs that ended a day ago."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from argus.db.url import database_url, sqlite_file
from argus.features.deduper import launch
from argus.kit.pools import HOUSEKEEPING
from argus.runtime import Runtime

KEPT = timedelta(days=30)
FOLDERS_KEPT = 24 * 3600  # seconds
SLOTS = "slots"


async def clean(runtime: Runtime) -> str | None:
    """One round. An installation that never started a job has no database for it, and nothing to do."""
    folders = await runtime.blocking(HOUSEKEEPING, remove_folders, launch.work_folder(runtime.settings))
    file = sqlite_file(database_url(runtime.settings))
    jobs = 0 if file is not None and not file.exists() else await _forget(runtime)
    told = {"computations": jobs, "folders": folders}
    return ", ".join(f"{count} {what}" for what, count in told.items() if count) or None


async def _forget(runtime: Runtime) -> int:
    ledger: Any = await runtime.blocking(HOUSEKEEPING, import_module, "argus.features.deduper.ledger")
    opening: Any = import_module("argus.db.database")
    base: Any = import_module("argus.db.base")
    database = await opening.open_database(runtime)
    total = 0
    while True:
        async with database.transaction() as session:
            gone: int = await ledger.forget(session, base.moment() - KEPT)
        total += gone
        if not gone:
            return total


def remove_folders(work_folder: Path) -> int:
    """Remove folders of jobs that nothing has written to for a day. Blocks."""
    if not work_folder.is_dir():
        return 0
    old = [
        folder
        for folder in work_folder.iterdir()
        if folder.name != SLOTS and folder.is_dir() and time.time() - folder.stat().st_mtime > FOLDERS_KEPT
    ]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)
