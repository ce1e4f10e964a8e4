"""Tunnels, served by FastAPI (docs/contract/tunnels.md)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from argus.features.tracker.tunnels import keys, proxies
from argus.features.tracker.tunnels.schemas import (
    ActiveBody,
    DeleteBody,
    Directions,
    Key,
    KeyBody,
    KeyRevoked,
    NewProxy,
    Proxy,
    ProxyBody,
    ProxyDeleted,
    Registration,
)
from argus.lanes.fastapi import Admin, JsonBody, LoggedIn, Ok, RuntimeDep, TunnelServer, UuidQuery, UuidText, body_of, ok, send

router = APIRouter(tags=["tunnels"])

CLIENT = "/api/v1/client/ssh"
ADMIN = "/admin/api/v1"
Fingerprint = Annotated[str | None, Query(description="`SHA256:` and 43 characters", examples=["SHA256:" + "A" * 43])]


@router.post(f"{CLIENT}/tunnel", summary="Register a key", response_model=Ok[Registration], openapi_extra=body_of(KeyBody))
async def register_tunnel(user: LoggedIn, runtime: RuntimeDep, request: Request) -> Response:
    return ok(await keys.register(runtime, user, request.headers.get("content-type"), await request.body()))


@router.get(f"{CLIENT}/tunnel", summary="Where to connect", response_model=Ok[Directions])
async def get_tunnel_connection(user: LoggedIn, runtime: RuntimeDep, proxy_host: str | None = None) -> Response:
    return ok(await keys.connection(runtime, user, proxy_host))


@router.get(f"{CLIENT}/tunnel/keys", summary="One's own keys", response_model=Ok[list[Key]])
async def get_user_keys(user: LoggedIn, runtime: RuntimeDep, tunnel_id: UuidQuery = None) -> Response:
    return ok(await keys.of_user(runtime, user, tunnel_id))


@router.get(f"{CLIENT}/keys", summary="Keys that a proxy may let in, one a line", response_class=PlainTextResponse)
async def get_authorized_keys(user: TunnelServer, runtime: RuntimeDep, fingerprint: Fingerprint = None) -> Response:
    return send(await keys.authorized(runtime, fingerprint))


@router.get(f"{ADMIN}/proxy-tunnel/config", summary="An active proxy, or null", response_model=Ok[Proxy | None])
async def get_proxy_tunnel_config(user: Admin, runtime: RuntimeDep, tunnel_id: UuidQuery = None) -> Response:
    return ok(await proxies.shown(runtime, tunnel_id))


@router.get(f"{ADMIN}/proxy-tunnel/configs", summary="Proxies by host", response_model=Ok[list[Proxy]])
async def list_proxy_tunnel_configs(
    user: Admin, runtime: RuntimeDep, active_only: Annotated[str | None, Query(description="true or false")] = None
) -> Response:
    return ok(await proxies.listed(runtime, active_only))


@router.post(f"{ADMIN}/proxy-tunnel/config", summary="Register a proxy", response_model=Ok[NewProxy], openapi_extra=body_of(ProxyBody))
async def save_proxy_tunnel_config(user: Admin, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await proxies.create(runtime, body))


@router.delete(
    f"{ADMIN}/proxy-tunnel/config/{{tunnel_id}}",
    summary="Delete a proxy",
    response_model=Ok[ProxyDeleted],
    openapi_extra=body_of(DeleteBody, required=False),
)
async def delete_proxy_tunnel_config(user: Admin, runtime: RuntimeDep, tunnel_id: UuidText, request: Request) -> Response:
    return ok(await proxies.remove(runtime, tunnel_id, request.headers.get("content-type"), await request.body()))


@router.post(
    f"{ADMIN}/proxy-tunnel/config/{{tunnel_id}}/active",
    summary="Switch a proxy on or off",
    response_model=Ok[Proxy],
    openapi_extra=body_of(ActiveBody),
)
async def set_proxy_tunnel_config_active(user: Admin, runtime: RuntimeDep, tunnel_id: UuidText, body: JsonBody) -> Response:
    return ok(await proxies.set_active(runtime, tunnel_id, body))


@router.get(f"{ADMIN}/ssh/keys", summary="Everybody's keys", response_model=Ok[list[Key]])
async def list_ssh_keys(user: Admin, runtime: RuntimeDep) -> Response:
    return ok(await keys.every(runtime))


@router.delete(f"{ADMIN}/ssh/keys/{{key_id}}", summary="Revoke a key", response_model=Ok[KeyRevoked])
async def delete_ssh_key(user: Admin, runtime: RuntimeDep, key_id: UuidText) -> Response:
    return ok(await keys.revoke(runtime, key_id))
