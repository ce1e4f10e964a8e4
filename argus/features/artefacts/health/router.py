"""Health for people and orchestrators, served by FastAPI."""

from __future__ import annotations

from fastapi import Depends, Request, Response
from fastapi_utils.cbv import cbv

from argus.features.artefacts.health import service
from argus.features.artefacts.health.schemas import Health
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.responses import DefaultResponse
from argus.platform.route import extension_router, refusals

router = extension_router("health")


@cbv(router)
class HealthViews:
    """How Argus is."""

    context: ServiceContext = Depends(service_context)

    @router.get("/health", summary="How Argus is, part by part", responses=refusals())
    @access_control(public=True, database=False)
    async def health(self, response: Response) -> Health:
        """503 where the database is away, `degraded` where another part is. Details are told to those who are logged in. Asked every two
        seconds at most.
        """
        found = await service.health(self.context.runtime, self.context.identity is not None)
        response.status_code = 503 if found.status == "unavailable" else 200
        response.headers["Cache-Control"] = "no-store"
        return found

    @router.get("/health/live", summary="Whether the process turns", responses=refusals())
    @access_control(public=True, database=False)
    async def live(self) -> DefaultResponse:
        """For orchestrators: an answer is all that counts."""
        return DefaultResponse(message="alive")

    @router.get("/health/ready", summary="Whether the process should be sent requests", responses=refusals())
    @access_control(public=True, database=False)
    async def ready(self, request: Request) -> DefaultResponse:
        """For orchestrators: 503 while the process starts, leaves, or has no database."""
        await service.need_ready(self.context.runtime, getattr(request.scope.get("gateway"), "ready", True))
        return DefaultResponse(message="ready")
