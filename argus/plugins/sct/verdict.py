"""A status that Argus itself gives a run, because of results that were submitted, and its entry in the activity log."""

from __future__ import annotations

import json
from typing import Any

from argus.domain.runs import edit
from argus.kit.clock import now, time_uuid
from argus.models.activity import ArgusEvent
from argus.models.enums import ArgusEventTypes, TestStatus
from argus.models.user import User
from argus.plugins.sct.model import SCTTestRun
from argus.runtime import Runtime


async def fail(runtime: Runtime, run: SCTTestRun, user: User, message: str, **values: Any) -> None:
    """Set a run to `failed`, and say why.

    Args:
        message: with `{placeholders}` for `username`, `status` and the values.
    """
    body = {"message": message, "username": user.username, "status": TestStatus.FAILED.value, **values}
    event = ArgusEvent(  # not by `activity.event`: the body has a `test_id` of its own
        id=time_uuid(),
        release_id=run.release_id,
        test_id=run.test_id,
        run_id=run.id,
        user_id=user.id,
        kind=ArgusEventTypes.STATUS_CHANGE.value,
        body=json.dumps(body, separators=(",", ":")),
        created_at=now(),
    )
    await runtime.store.write(edit(run).set(status=TestStatus.FAILED.value).if_exists())
    await runtime.store.save(event)
