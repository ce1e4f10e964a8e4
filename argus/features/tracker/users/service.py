"""The user directory, API tokens, and what is on a user's desk (docs/contract/core.md#users)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from argus.auth.security_log import record
from argus.features.tracker.auth.service import new_api_token
from argus.kit import logs
from argus.kit.clock import now
from argus.kit.json import text_of_id
from argus.models.catalogue import ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunBase
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.run_types import JOB_COLUMNS
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import contains, eq, select, update

PUBLIC = ("id", "username", "full_name", "email", "picture_id")


async def directory(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """The public part of every user, service accounts included, by id. Reads the table: an installation has hundreds of users."""
    return {text_of_id(user["id"]): user for user in await runtime.store.values(select(User, *PUBLIC))}


async def api_token(runtime: Runtime, user: User) -> dict[str, str]:
    """The caller's API token, made on first use. Of requests that come together one makes it, and all get that one.

    Raises:
        DocumentNotFound: the user is being deleted.
    """
    if user.api_token:
        if logs.serving().get("impersonator"):
            await record(runtime, SecurityEvents.TOKEN_READ, user)
        return {"token": user.api_token}
    token = new_api_token(user.username)
    made = update(User, id=user.id).set(api_token=token).only_if(username=user.username, api_token=user.api_token)
    if not (await runtime.store.write(made)).applied:
        token = (await runtime.store.get(User, "api_token", id=user.id)).api_token or ""
        if not token:
            raise DocumentNotFound(f"No User found matching { ({'id': user.id}) }")
    else:
        await record(runtime, SecurityEvents.TOKEN_MADE, user)
    return {"token": token}


async def jobs(runtime: Runtime, user_id: UUID) -> list[dict[str, Any]]:
    """Runs of every type that are assigned to a user and have started lately (`JOB_VALIDITY_PERIOD_DAYS`), in storage order."""
    since = now() - timedelta(days=runtime.settings.JOB_VALIDITY_PERIOD_DAYS)
    models = [plugin.model for plugin in runtime.plugins]
    found = await asyncio.gather(*(runtime.store.all(select(model, *JOB_COLUMNS).where(assignee=user_id)) for model in models))
    return [{column: getattr(run, column) for column in JOB_COLUMNS} for part in found for run in part if run.start_time >= since]


async def planned_jobs(runtime: Runtime, user_id: UUID) -> list[dict[str, Any]]:
    """Enabled tests that plans give to a user, each with the newest run of its job."""
    wanted = _planned_for(user_id, *await _plans_of(runtime, user_id))
    tests = await runtime.store.all_in(select(ArgusTest), "id", wanted)
    shown = [test for test in tests if test.enabled]
    runs = await asyncio.gather(*(_last_run(runtime, test) for test in shown))
    return [{**test.__dict__, "last_run": run} for test, run in zip(shown, runs, strict=True)]


async def _plans_of(runtime: Runtime, user_id: UUID) -> tuple[list[ArgusReleasePlan], list[ArgusReleasePlan]]:
    """Plans that a user owns, and those that a user takes part in. No index leads there; all plans together are a few hundred rows."""
    plans = select(ArgusReleasePlan, "id", "tests", "assignee_mapping").allow_filtering()
    owned, joined = await asyncio.gather(
        runtime.store.all(plans.where(eq("owner", user_id))), runtime.store.all(plans.where(contains("participants", user_id)))
    )
    return owned, joined


def _planned_for(user_id: UUID, owned: list[ArgusReleasePlan], joined: list[ArgusReleasePlan]) -> list[UUID]:
    """A plan's owner has the tests that are assigned to nobody else, a participant those that are assigned to them."""
    tests = [test for plan in owned for test in plan.tests if plan.assignee_mapping.get(test, user_id) == user_id]
    tests += [test for plan in joined for test in plan.tests if plan.assignee_mapping.get(test) == user_id]
    return list(dict.fromkeys(tests))


async def _last_run(runtime: Runtime, test: ArgusTest) -> RunBase | None:
    plugin = runtime.plugins.get(test.plugin_name)
    if plugin is None or not test.build_system_id:
        return None
    return await runtime.store.first(select(plugin.model).where(build_id=test.build_system_id))
