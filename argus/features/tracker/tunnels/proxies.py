"""Proxy hosts: administration, and which of them a user takes (docs/contract/tunnels.md#which-proxy; docs/contract/admin.md#proxies)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from argus.features.tracker.tunnels import service_users
from argus.features.tracker.tunnels.public_keys import host_key_of
from argus.kit.errors import MalformedBody, TunnelServiceException, foreseen
from argus.kit.parse import is_json, loads, need, uuid_of
from argus.models.tunnel import ProxyTunnelConfig
from argus.runtime import Runtime
from argus.storage.statements import delete, select, update

REQUIRED = ("host", "port", "proxy_user", "target_host", "target_port")
NO_PROXY = "No active proxy tunnel configuration found. An admin must configure a proxy host before tunnel registration is possible."


async def configs(runtime: Runtime) -> list[ProxyTunnelConfig]:
    """Every proxy. Reads the table: an installation has a handful."""
    return await runtime.store.all(select(ProxyTunnelConfig))


async def active_for(runtime: Runtime, user_id: UUID) -> list[ProxyTunnelConfig]:
    """Active proxies in the order in which a user tries them (rendezvous hashing: another one joining moves few users).

    Raises:
        TunnelServiceException: there is none.
    """
    active = [config for config in await configs(runtime) if config.is_active]
    if not active:
        raise TunnelServiceException(NO_PROXY)
    return sorted(active, key=lambda config: (hashlib.sha256(f"{user_id}:{config.id}".encode()).digest(), str(config.id)))


async def listed(runtime: Runtime, active_only: str | None) -> list[ProxyTunnelConfig]:
    """Proxies by host.

    Args:
        active_only: `true`: active ones, `false`: inactive ones, None: all.

    Raises:
        Exception: `active_only` is another word.
    """
    found = sorted(await configs(runtime), key=_by_host)
    if active_only is None:
        return found
    word = active_only.strip().lower()
    if word not in ("true", "false"):
        raise foreseen(Exception("active_only must be one of: true,false"))
    return [config for config in found if bool(config.is_active) is (word == "true")]


async def shown(runtime: Runtime, tunnel_id: str | None) -> ProxyTunnelConfig | None:
    """An active proxy, or the first of the active ones by host; None when there is none.

    Raises:
        ValueError: malformed id.
    """
    if tunnel_id:
        config = await runtime.store.find(ProxyTunnelConfig, id=uuid_of(tunnel_id))
        return config if config is not None and config.is_active else None
    active = [config for config in await configs(runtime) if config.is_active]
    return min(active, key=_by_host, default=None)


async def create(runtime: Runtime, body: Mapping[str, Any] | None) -> dict[str, Any]:
    """Register a proxy host: ask it for its host key, give it an account of its own, store it.

    Returns:
        The proxy, and `api_token` of its account in clear.

    Raises:
        TunnelServiceException: fields are missing, the host shows no key, or its account's name belongs to somebody else.
    """
    wanted = body or {}
    missing = [name for name in REQUIRED if not wanted.get(name)]
    if missing:
        raise TunnelServiceException(f"Missing required fields: {', '.join(missing)}")
    values = {name: wanted[name] for name in REQUIRED}
    host_key = await host_key_of(runtime, values["host"], values["port"])
    account = await service_users.account_for(runtime.store, values["host"])
    config = ProxyTunnelConfig().changed(
        **values, host_key_fingerprint=host_key, service_user_id=account.id, is_active=wanted.get("is_active", True)
    )
    await runtime.store.save(config)
    return {**config.__dict__, "api_token": account.api_token}


async def remove(runtime: Runtime, tunnel_id: str, content_type: str | None, raw: bytes) -> dict[str, bool]:
    """Delete a proxy. Its account goes too if the body says `delete_user`, else it can log in no more.

    An account that another proxy of the same host uses stays as it is. Registered keys stay.

    Raises:
        ValueError, TunnelServiceException: there is no such proxy.
    """
    delete_user = _says_delete_user(content_type, raw)
    config = await _get(runtime, tunnel_id)
    others = [other for other in await configs(runtime) if other.id != config.id]
    if config.service_user_id is not None and all(other.service_user_id != config.service_user_id for other in others):
        await service_users.retire(runtime.store, config.service_user_id, delete_user)
    await runtime.store.write(delete(ProxyTunnelConfig).where(id=config.id))
    return {"deleted": True, "user_deleted": delete_user}


async def set_active(runtime: Runtime, tunnel_id: str, body: Mapping[str, Any]) -> ProxyTunnelConfig:
    """Switch a proxy on or off.

    Raises:
        KeyError: `is_active` is missing.
        ValueError, TunnelServiceException: there is no such proxy.
    """
    is_active = need(body, "is_active")
    config = await _get(runtime, tunnel_id)
    await runtime.store.write(update(ProxyTunnelConfig, id=config.id).set(is_active=is_active).if_exists())
    return config.changed(is_active=is_active)


async def _get(runtime: Runtime, tunnel_id: str) -> ProxyTunnelConfig:
    wanted = uuid_of(tunnel_id)
    config = await runtime.store.find(ProxyTunnelConfig, id=wanted)
    if config is None:
        raise TunnelServiceException(f"Proxy tunnel config {wanted} not found")
    return config


def _says_delete_user(content_type: str | None, raw: bytes) -> bool:
    """The optional body's `delete_user`; a body that cannot be read says nothing."""
    if not raw or not is_json(content_type):
        return False
    try:
        body = loads(raw)
    except MalformedBody:
        return False
    return bool(body.get("delete_user")) if isinstance(body, dict) else False


def _by_host(config: ProxyTunnelConfig) -> tuple[str, str]:
    return config.host or "", str(config.id)
