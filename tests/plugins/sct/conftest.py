"""A runtime with cluster tests, and a run of one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.domain.runs import get_typed
from argus.models.user import User
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.plugin import PLUGIN
from argus.runtime import Runtime
from tests.domain.opened import JOB, catalogue, opened


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(PLUGIN) as found:
        await catalogue(found)
        yield found


@pytest.fixture
def user() -> User:
    return User(username="alice")


def submission(run_id: UUID, **values: Any) -> dict[str, Any]:
    known = {"job_name": JOB, "job_url": "https://ci/job/x/7/", "started_by": "ci", "commit_id": "c0ffee", "sct_config": None}
    return {"schema_version": "v8", "run_id": str(run_id), **known, **values}


async def submitted(runtime: Runtime, **values: Any) -> SCTTestRun:
    run_id = uuid4()
    await PLUGIN.submit(runtime, submission(run_id, **values))
    return await stored(runtime, run_id)


async def stored(runtime: Runtime, run_id: UUID) -> SCTTestRun:
    return await get_typed(runtime, SCTTestRun, run_id)


@pytest.fixture
async def run(runtime: Runtime) -> SCTTestRun:
    return await submitted(runtime)
