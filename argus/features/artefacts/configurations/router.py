"""Configurations, served by FastAPI (docs/platform.md#artefacts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path, Query
from fastapi_utils.cbv import cbv

from argus.features.artefacts.configurations.schemas import ConfigurationPage, ConfigurationTimeline, ConfigurationView, NewConfiguration
from argus.features.artefacts.documents.schemas import ULID
from argus.kit.later import later
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.pages import PageQuery
from argus.platform.route import extension_router, refusals

if TYPE_CHECKING:
    from argus.features.artefacts.configurations import service
    from argus.features.artefacts.configurations import tables as rows
    from argus.platform import events
else:
    service = later("argus.features.artefacts.configurations.service")
    rows = later("argus.features.artefacts.configurations.tables")
    events = later("argus.platform.events")

router = extension_router("configurations")

ConfigurationId = Annotated[str, Path(description="Id of the configuration", examples=[ULID], max_length=40)]


@cbv(router)
class Configurations:
    """How tables are read, in versions."""

    context: ServiceContext = Depends(service_context)

    @router.get("/configurations", summary="Configurations of the workspace, the newest first", responses=refusals(400, 403, 422))
    @access_control(module="configurations", resource="read")
    async def list_configurations(
        self,
        page: PageQuery,
        document_type: Annotated[str | None, Query(max_length=120)] = None,
        is_active: Annotated[bool | None, Query(description="Only those that count, or only the others")] = None,
    ) -> ConfigurationPage:
        """How tables are read in this workspace: every version of every document type. Needs `configurations:read`."""
        wanted = service.listed(self.context, document_type, is_active)
        found = await page.of(self.context, wanted, rows.Configuration.id, newest_first=True)
        return ConfigurationPage(items=[service.view_of(each) for each in found.items], next_cursor=found.next_cursor)

    @router.post(
        "/configurations", status_code=201, summary="Make the next version of a configuration", responses=refusals(400, 403, 409, 422)
    )
    @access_control(module="configurations", resource="write")
    async def create(self, body: NewConfiguration) -> ConfigurationView:
        """Versions of a document type are numbered in their workspace; the first one counts at once, later ones once they are activated.
        What a version says never changes. Needs `configurations:write`.
        """
        return service.view_of(await service.create(self.context, body))

    @router.get("/configurations/{configuration_id}", summary="A configuration", responses=refusals(400, 403, 404))
    @access_control(module="configurations", resource="read")
    async def get(self, configuration_id: ConfigurationId) -> ConfigurationView:
        """A version, whether it counts or not. Needs `configurations:read`."""
        return service.view_of(await service.get(self.context, configuration_id))

    @router.post("/configurations/{configuration_id}/activate", summary="Let a version count", responses=refusals(400, 403, 404, 409))
    @access_control(module="configurations", resource="write")
    async def activate(self, configuration_id: ConfigurationId) -> ConfigurationView:
        """From now on jobs that name no version take this one; of each document type exactly one counts. Needs `configurations:write`."""
        return service.view_of(await service.activate(self.context, configuration_id))

    @router.delete(
        "/configurations/{configuration_id}",
        status_code=204,
        summary="Delete a version that neither counts nor was used",
        responses=refusals(400, 403, 404, 409),
    )
    @access_control(module="configurations", resource="write")
    async def remove(self, configuration_id: ConfigurationId) -> None:
        """409 where it counts, or a job was done with it. Needs `configurations:write`."""
        await service.remove(self.context, configuration_id)

    @router.get("/configurations/{configuration_id}/events", summary="What happened to a configuration", responses=refusals(400, 403, 404))
    @access_control(module="configurations", resource="read")
    async def timeline(
        self, configuration_id: ConfigurationId, page: PageQuery, event_type: Annotated[str | None, Query(max_length=100)] = None
    ) -> ConfigurationTimeline:
        """Events of the version, the newest first. Needs `events:read`."""
        about = service.view_of(await service.get(self.context, configuration_id))
        found = await events.timeline(self.context, page, service.ENTITY, configuration_id, event_type)
        return ConfigurationTimeline(items=found.items, entity=about, next_cursor=found.next_cursor)
