"""Sign-on by OpenID Connect, served by FastAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi_utils.cbv import cbv

from argus.features.artefacts.identity.schemas import TokenAnswer
from argus.kit.later import later
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.route import extension_router, login_route, refusals

if TYPE_CHECKING:
    from argus.features.artefacts.identity import service as identity
    from argus.features.artefacts.sign_on import service
else:
    service = later("argus.features.artefacts.sign_on.service")
    identity = later("argus.features.artefacts.identity.service")

router = extension_router("sign_on")
UNKEPT = {"Cache-Control": "no-store"}


@cbv(router)
class SignOns:
    """To the provider and back."""

    context: ServiceContext = Depends(service_context)

    @router.get(
        "/auth/sso/login",
        status_code=302,
        summary="Go to the sign-on provider",
        response_class=RedirectResponse,
        responses=refusals(404),
    )
    @login_route
    @access_control(public=True)
    async def begin(
        self,
        next: Annotated[str, Query(description="Where to go afterwards: a path of this host", examples=["/artifacts"])] = "/",
    ) -> Response:
        """Redirects to the provider, with a state, a nonce and a PKCE challenge; 404 `sso_disabled` where signing on is not set up."""
        return RedirectResponse(await service.begin(self.context, next), 302, UNKEPT)

    @router.get(
        "/auth/sso/callback",
        summary="Back from the sign-on provider",
        response_model=TokenAnswer,
        responses={**refusals(400, 404, 409, 502), 303: {"description": "A browser is logged in, and goes on"}},
    )
    @login_route
    @access_control(public=True)
    async def finish(
        self,
        request: Request,
        response: Response,
        code: Annotated[str, Query(max_length=4096)] = "",
        state: Annotated[str, Query(max_length=64)] = "",
        error: Annotated[str, Query(max_length=200)] = "",
    ) -> Any:
        """The provider sends the browser here. It gets a session and goes on; a program that accepts `application/json` gets a bearer
        token.
        """
        user, next_page = await service.finish(self.context, code, state, error)
        if "application/json" in request.headers.get("accept", ""):
            response.headers.update(UNKEPT)
            return identity.issued(self.context.runtime, user)
        await service.log_in(self.context, user)
        return RedirectResponse(next_page, 303, UNKEPT)
