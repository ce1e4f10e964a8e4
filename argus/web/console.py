"""The gateway's console in Argus: for administrators, who are named in the journal."""

from __future__ import annotations

from starlette.requests import Request

from argus.auth.identity import admin_calls, who_calls
from argus.kit.settings import Settings
from argus.lanes.fastapi import head_of
from argus.web.fastapi_app import OpenRuntime
from strangler.console.app import Console

MOUNT = "/admin/api/v1/migration"  # the page itself is the feature `migration`
PARITY = "parity.json"
COMMANDS = {
    "canary": "argus routes canary {name} --percent {percent}",
    "cutover": "argus routes cutover {name}",
    "rollback": "argus routes rollback {name}",
}


def create_console(settings: Settings, open_runtime: OpenRuntime) -> Console:
    """The console, behind the checks of every route for administrators. Whom it refuses is answered as on any of them."""

    async def administrator(request: Request) -> str:
        runtime, head = await open_runtime(), head_of(request)
        user = await admin_calls(runtime, head, await who_calls(runtime, head, request.scope["argus.session"]))
        return user.username or str(user.id)

    return Console(administrator, parity=settings.DATA_DIR / PARITY, commands=COMMANDS)
