"""Events and maintenance, served by FastAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path, Query
from fastapi_utils.cbv import cbv
from pydantic import AwareDatetime

from argus.features.artefacts.maintenance.schemas import MaintenanceStatus, PurgeAccepted, PurgeBody
from argus.kit.later import later
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.pages import PageQuery
from argus.platform.responses import EventView, Page
from argus.platform.route import extension_router, refusals

if TYPE_CHECKING:
    from argus.features.artefacts.maintenance import service
    from argus.platform import events
else:
    service = later("argus.features.artefacts.maintenance.service")
    events = later("argus.platform.events")

router = extension_router("maintenance")

Word = Annotated[str | None, Query(max_length=100)]


@cbv(router)
class Maintenance:
    """What happened, and what may go."""

    context: ServiceContext = Depends(service_context)

    @router.get("/events", summary="Events of the workspace, the newest first", responses=refusals(400))
    @access_control("events", "read")
    async def list_events(
        self,
        page: PageQuery,
        entity_type: Word = None,
        entity_id: Word = None,
        event_type: Word = None,
        actor_id: Word = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
    ) -> Page[EventView]:
        """What happened in the workspace; entries are never changed. Filters are combined. Needs `events:read`."""
        wanted = service.filtered(self.context, entity_type, entity_id, event_type, actor_id, since, until)
        return await events.listed(self.context, page, wanted)

    @router.get("/events/{event_id}", summary="An event", responses=refusals(400, 404))
    @access_control("events", "read")
    async def get_event(self, event_id: Annotated[str, Path(max_length=40, examples=["01JZ3N9M0V6Q3W8K1T5B7C2D4E"])]) -> EventView:
        """One entry of the timeline. Needs `events:read`."""
        return await service.event(self.context, event_id)

    @router.post("/maintenance/purge", status_code=202, summary="Remove for good what nobody needs", responses=refusals())
    @access_control(admin=True)
    async def purge(self, body: PurgeBody) -> PurgeAccepted:
        """Expired and deleted documents, files that nobody refers to, and old rows of the machinery. `dry_run` counts and removes
        nothing. Done by the queue; `GET /maintenance/status` tells what came of it. For administrators.
        """
        return await service.ask(self.context, body)

    @router.get("/maintenance/status", summary="The last purge, the queue, and the file store", responses=refusals())
    @access_control(admin=True)
    async def status(self) -> MaintenanceStatus:
        """What the last purge removed, what waits in the queue, how much the file store holds, and what nobody refers to. For
        administrators.
        """
        return await service.status(self.context)
