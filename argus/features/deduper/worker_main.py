"""The deduper's program: `python -m argus.features.deduper.worker_main --job-id ID --attempt N`, in the folder of the job.

It reads `parameters.json`, the events of the subject and nothing else; it writes the clusters of its own attempt, which nobody sees before
they are published; and it tells its parent, a JSON object a line, how far it is and what came of it.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from argus.db.database import Database
from argus.db.url import database_url
from argus.features.deduper import source
from argus.features.deduper.clustering import Clusters, cluster
from argus.features.deduper.corpus import Corpus
from argus.features.deduper.launch import PARAMETERS
from argus.features.deduper.parameters import MOST_EVENTS
from argus.features.deduper.results import write
from argus.features.deduper.subjects import subject_of
from argus.kit.settings import Settings
from argus.run_types import registry_of, schema_with
from argus.runtime import Runtime, store_at

BAD_PARAMETERS, TOO_MANY, DISK_FULL, PARENT_GONE = 64, 65, 74, 70
TOLD_EVERY = 0.5  # seconds
READ, COMPARED = 40, 70  # percent when everything is read, and when it is compared


class Failed(Exception):
    """What the program ends with: exit code, and code and message for its parent."""

    def __init__(self, exit_code: int, code: str, message: str) -> None:
        super().__init__(message)
        self.exit_code, self.code = exit_code, code


def tell(**message: Any) -> None:
    """A line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Progress:
    """Tells how far the work is, twice a second at most."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, percent: float, message: str) -> None:
        if time.monotonic() - self._told >= TOLD_EVERY:
            self._told = time.monotonic()
            tell(type="progress", percent=int(percent), message=message)


async def compute(runtime: Runtime, database: Database, job_id: str, attempt: int, parameters: dict[str, Any]) -> dict[str, Any]:
    """Cluster the events of a job's subject and keep what was found.

    Returns:
        The result, as the parent is told.

    Raises:
        Failed: the parameters are none, or there are too many events.
    """
    subject = subject_of(str(parameters.get("reportId")))
    if subject is None:
        raise Failed(BAD_PARAMETERS, "bad_parameters", "reportId names no subject")
    progress = Progress()
    runs = await source.runs_of(runtime, subject, parameters.get("hours", 24), map(UUID, parameters.get("runs", ())))
    corpus, until = Corpus(), 0
    expected = max(1, await source.count(runtime, runs, parameters["severity"]))
    async for event in source.events(runtime, runs, parameters["severity"]):
        corpus.add(event)
        until = max(until, event.ts)
        if len(corpus) > MOST_EVENTS:
            raise Failed(TOO_MANY, "too_many_events", f"more than {MOST_EVENTS} events")
        if len(corpus) % source.PAGE == 0:
            progress(READ * len(corpus) / expected, f"read {len(corpus)}/{expected}")
    found = cluster(
        corpus,
        parameters["threshold"],
        parameters["method"],
        lambda done, of: progress(READ + (COMPARED - READ) * done / max(1, of), f"compared {done}/{of}"),
    )
    await _keep(runtime, database, subject.report_id, job_id, attempt, found, progress)
    return _result(found, until)


async def _keep(runtime: Runtime, database: Database, report_id: str, job_id: str, attempt: int, found: Clusters, told: Progress) -> None:
    messages = [await source.message_at(runtime, one.representative.run_id, one.severity, one.representative.ts) for one in found.clusters]
    total = max(1, len(found.corpus))
    await write(
        database, report_id, job_id, attempt, found, messages,
        lambda done: told(COMPARED + (99 - COMPARED) * done / total, f"kept {done}/{total}"),
    )  # fmt: skip


def _result(found: Clusters, until: int) -> dict[str, Any]:
    events, clusters = len(found.corpus), len(found.clusters)
    duplicates = events - clusters
    ratio = round(duplicates / events, 4) if events else 0.0
    return {"events": events, "clusters": clusters, "duplicates": duplicates, "ratio": ratio, "eventsUntil": until}


def _text_of(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


async def main(job_id: str, attempt: int) -> None:
    """One attempt at a job.

    Raises:
        Failed
    """
    try:
        parameters = json.loads(_text_of(PARAMETERS))
    except (OSError, ValueError) as problem:
        raise Failed(BAD_PARAMETERS, "bad_parameters", f"{PARAMETERS}: {problem}") from problem
    settings = Settings()
    plugins = registry_of(settings)
    store = store_at(settings.storage_url, settings, *schema_with(plugins))
    await store.start()
    runtime, database = Runtime(settings, store, plugins), Database(database_url(settings), 2)
    try:
        result = await compute(runtime, database, job_id, attempt, parameters)
    except KeyError as missing:
        raise Failed(BAD_PARAMETERS, "bad_parameters", f"{missing} is missing") from missing
    finally:
        await database.close()
        await runtime.close()
    tell(type="result", **result)


def _end_with_parent() -> None:
    """The parent holds the other end of standard input; when it has gone nobody waits for a result."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(PARENT_GONE)

    threading.Thread(target=watch, daemon=True).start()


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    return (isinstance(inner, OSError) and inner.errno == errno.ENOSPC) or "disk is full" in str(inner)


def enter() -> int:
    """The program.

    Returns:
        Its exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m argus.features.deduper.worker_main")
    parser.add_argument("--job-id", required=True)
    parser.add_argument("--attempt", type=int, required=True)
    given = parser.parse_args()
    _end_with_parent()
    try:
        asyncio.run(main(given.job_id, given.attempt))
    except Failed as failure:
        tell(type="error", code=failure.code, message=str(failure))
        return failure.exit_code
    except Exception as error:
        if not is_full(error):
            raise
        tell(type="error", code="disk_full", message="The disk of the database is full")
        return DISK_FULL
    return 0


if __name__ == "__main__":
    code = enter()
    sys.stdout.flush()
    os._exit(code)  # the thread that watches standard input does not hold the end up
