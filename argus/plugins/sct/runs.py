"""The run that a client's call is about."""

from __future__ import annotations

from argus.domain.runs import get_typed
from argus.kit.errors import SCTServiceException
from argus.kit.parse import uuid_of
from argus.plugins.sct.model import SCTTestRun
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound


async def run_of(runtime: Runtime, run_id: str, *columns: str) -> SCTTestRun:
    """The cluster test run of an id; with `columns`, only these, its key and its id.

    Raises:
        ValueError: the id is no UUID.
        SCTServiceException: `Run not found` (docs/contract/client.md#recurring-errors).
    """
    try:
        return await get_typed(runtime, SCTTestRun, uuid_of(run_id), *columns)
    except DocumentNotFound:
        raise SCTServiceException("Run not found", run_id) from None
