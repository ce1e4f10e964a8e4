"""The gateway's console in Argus: for administrators, who are named in the journal."""

from __future__ import annotations

from starlette.requests import Request

from argus.auth.identity import identify, refuse_cross_site, require_admin
from argus.kit.settings import Settings
from argus.web.gateway_state import OpenStore
from strangler.console.app import Console

MOUNT = "/admin/api/v1/migration"  # the page itself is the feature `migration`
PARITY = "parity.json"
COMMANDS = {
    "canary": "argus routes canary {name} --percent {percent}",
    "cutover": "argus routes cutover {name}",
    "rollback": "argus routes rollback {name}",
}


def create_console(settings: Settings, open_store: OpenStore) -> Console:
    """The console, behind the checks of every route for administrators. Whom it refuses is answered as on any of them."""

    async def administrator(request: Request) -> str:
        headers = request.headers
        authorization = headers.get("authorization")
        refuse_cross_site(request.method, authorization, headers.get("host"), headers.get("origin"), headers.get("sec-fetch-site"))
        user = require_admin(await identify(await open_store(), authorization, request.scope["argus.session"]))
        return user.username or str(user.id)

    return Console(administrator, parity=settings.DATA_DIR / PARITY, commands=COMMANDS)
