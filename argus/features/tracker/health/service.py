"""Whether this worker lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
from typing import Any

from argus.kit import deadline
from argus.kit.answer import Answer, json_answer
from argus.runtime import Runtime
from argus.storage.errors import StorageError

DATABASE_SECONDS = 3.0  # seconds for the database to answer


async def alive(runtime: Runtime) -> Answer:
    """The process answers; nothing else is asked."""
    return json_answer({"status": "ok"}, 200, ("Cache-Control", "no-store"))


async def ready(runtime: Runtime, staying: bool) -> Answer:
    """200 when the database answers and the worker stays, else 503 with what is wrong."""
    if not staying:
        return json_answer({"status": "error", "worker": "draining"}, 503, ("Cache-Control", "no-store"))
    problem = await _database_problem(runtime)
    body: dict[str, Any] = {"status": "ok"} if problem is None else {"status": "error", "database": problem}
    return json_answer(body, 200 if problem is None else 503, ("Cache-Control", "no-store"))


async def _database_problem(runtime: Runtime) -> str | None:
    try:
        async with asyncio.timeout(min(DATABASE_SECONDS, deadline.left() / 2)):
            await runtime.store.ping()
    except StorageError as error:
        return type(error).__name__
    except TimeoutError:
        return "OperationTimedOut"
    return None
