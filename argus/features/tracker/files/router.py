"""Artefacts, pictures and the Zeus relay, served by FastAPI."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from argus.features.tracker.files import service
from argus.features.tracker.files.schemas import ArtifactSize
from argus.integrations import zeus
from argus.lanes.fastapi import Caller, LoggedIn, Ok, RuntimeDep, UuidText, ok, send

router = APIRouter(tags=["files"])


@router.get("/api/v1/artifact/resolveSize", summary="Size of an artefact", response_model=Ok[ArtifactSize])
async def resolve_artifact_size(user: LoggedIn, runtime: RuntimeDep, link: Annotated[str | None, Query(alias="l")] = None) -> Response:
    return ok(await service.artifact_size(runtime, link))


@router.get("/api/v1/s3/{bucket_name}/{bucket_path:path}", summary="An object of an allowed bucket", status_code=302)
async def s3_generic_proxy(user: LoggedIn, runtime: RuntimeDep, bucket_name: str, bucket_path: str) -> Response:
    return send(await service.bucket_link(runtime, bucket_name, bucket_path))


@router.get("/api/v1/tests/{plugin_name}/{run_id}/log/{log_name:path}/download", include_in_schema=False)
@router.get("/api/v1/tests/{plugin_name}/{run_id}/log/{log_name}/download", summary="A log of a run", status_code=302)
async def download_log(user: LoggedIn, runtime: RuntimeDep, plugin_name: str, run_id: UuidText, log_name: str) -> Response:
    return send(await service.log_link(runtime, plugin_name, run_id, log_name))


@router.get("/api/v1/tests/{plugin_name}/{run_id}/screenshot/{image_name}", summary="A screenshot of a run", status_code=302)
async def proxy_screenshot(user: LoggedIn, runtime: RuntimeDep, plugin_name: str, run_id: UuidText, image_name: str) -> Response:
    return send(await service.screenshot_link(runtime, plugin_name, run_id, image_name))


@router.get("/api/v1/testrun/{filename:path}", summary="Nothing: kept because it is there", deprecated=True)
async def missing_file(caller: Caller, runtime: RuntimeDep, filename: str) -> Response:
    return send(await service.accidental_static(runtime, filename))


@router.get("/storage/picture/{picture_id}", summary="A profile picture")
async def get_picture(user: LoggedIn, runtime: RuntimeDep, picture_id: UuidText) -> Response:
    return send(await service.picture(runtime, picture_id))


@router.get("/api/v1/zeus/{endpoint:path}", summary="Relay to Zeus", operation_id="zeus_get")
@router.post("/api/v1/zeus/{endpoint:path}", summary="Relay to Zeus", operation_id="zeus_post")
@router.put("/api/v1/zeus/{endpoint:path}", summary="Relay to Zeus", operation_id="zeus_put")
@router.delete("/api/v1/zeus/{endpoint:path}", summary="Relay to Zeus", operation_id="zeus_delete")
async def zeus_proxy(user: LoggedIn, runtime: RuntimeDep, request: Request, endpoint: str) -> Response:
    client = request.client.host if request.client else None
    body = await request.body()
    return send(await zeus.relay(runtime, request.method, endpoint, request.url.query, request.headers.items(), body, client))
