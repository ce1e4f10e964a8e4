"""Registered public keys: clients bring them, proxies ask for them, both live for a while only (docs/contract/tunnels.md#keys).

A row goes by itself when its time is over; what has been deleted or has expired is let in no more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from argus.domain.exclusive import exclusive
from argus.features.tracker.tunnels.proxies import active_for
from argus.features.tracker.tunnels.public_keys import fingerprint_of, is_fingerprint
from argus.kit.answer import TEXT, Answer
from argus.kit.clock import now
from argus.kit.errors import NoJsonRequest, TunnelServiceException
from argus.kit.parse import is_json, loads, uuid_of
from argus.models.tunnel import ProxyTunnelConfig, SSHTunnelKey
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import delete, insert, select

log = logging.getLogger("argus.tunnels")

DEFAULT_SECONDS = 86_400
SHORTEST_SECONDS, LONGEST_SECONDS = 3_600, 2_592_000
MOST_KEYS = 5_000  # of one list


class Endpoint(TypedDict):
    """Where a tunnel goes; `host_key_fingerprint` is the full known_hosts line."""

    proxy_host: str | None
    proxy_port: int | None
    proxy_user: str | None
    target_host: str | None
    target_port: int | None
    host_key_fingerprint: str | None


class ProxyEndpoint(Endpoint):
    tunnel_id: UUID


class Directions(Endpoint):
    """The first proxy, and all of them in the order in which they are to be tried."""

    proxies: list[ProxyEndpoint]


class Registered(Directions):
    key_id: UUID
    tunnel_id: UUID
    expires_at: datetime | None


class ShownKey(TypedDict):
    key_id: UUID
    user_id: UUID | None
    tunnel_id: UUID | None
    public_key: str | None
    fingerprint: str | None
    created_at: datetime | None
    expires_at: datetime | None


async def register(runtime: Runtime, user: User, content_type: str | None, raw: bytes) -> Registered:
    """Register a client's key, and tell it where to connect. A key that is registered already keeps its end.

    Raises:
        NoJsonRequest: the content type is not that of JSON.
        TunnelServiceException: no or no valid key, no active proxy, a lifetime out of bounds.
    """
    if not is_json(content_type):
        raise NoJsonRequest
    body: Mapping[str, Any] = loads(raw) or {}
    public_key = (body.get("public_key") or "").strip()
    if not public_key:
        raise TunnelServiceException("public_key is required")
    fingerprint = fingerprint_of(public_key)
    proxies = await active_for(runtime, user.id)
    seconds = _lifetime(body.get("ttl_seconds"))
    key = SSHTunnelKey(
        user_id=user.id,
        tunnel_id=proxies[0].id,
        public_key=public_key,
        fingerprint=fingerprint,
        expires_at=now() + timedelta(seconds=seconds),
    )
    key = await _registered(runtime, key, seconds)
    return {"key_id": key.id, "tunnel_id": proxies[0].id, "expires_at": key.expires_at, **_directions(proxies)}


async def _registered(runtime: Runtime, key: SSHTunnelKey, seconds: int) -> SSHTunnelKey:
    """The user's living row of this key for this proxy, else the new one, stored."""
    async with exclusive(runtime.store, "ssh key", f"{key.user_id}:{key.fingerprint}"):
        for known in await runtime.store.all(select(SSHTunnelKey).where(user_id=key.user_id).limit(MOST_KEYS)):
            if known.fingerprint == key.fingerprint and known.tunnel_id == key.tunnel_id:
                return known
        await runtime.store.write(insert(key, ttl=seconds))
    return key


def _lifetime(value: Any) -> int:
    try:
        seconds = DEFAULT_SECONDS if value is None else int(value)
    except (TypeError, ValueError, OverflowError):
        seconds = 0
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise TunnelServiceException(f"ttl_seconds must be between {SHORTEST_SECONDS} and {LONGEST_SECONDS} seconds")
    return seconds


async def connection(runtime: Runtime, user: User, proxy_host: str | None) -> Directions:
    """Where a user connects: a named host's proxy first, else the user's own order.

    Raises:
        TunnelServiceException: no active proxy, or none at that host.
    """
    proxies = await active_for(runtime, user.id)
    if proxy_host:
        first = min((proxy for proxy in proxies if proxy.host == proxy_host), key=lambda proxy: str(proxy.id), default=None)
        if first is None:
            raise TunnelServiceException(f"No active proxy tunnel configuration found for host: {proxy_host}")
        proxies = [first, *(proxy for proxy in proxies if proxy.id != first.id)]
    return _directions(proxies)


def _directions(proxies: list[ProxyTunnelConfig]) -> Directions:
    return {**_endpoint(proxies[0]), "proxies": [{"tunnel_id": proxy.id, **_endpoint(proxy)} for proxy in proxies]}


def _endpoint(proxy: ProxyTunnelConfig) -> Endpoint:
    return {
        "proxy_host": proxy.host,
        "proxy_port": proxy.port,
        "proxy_user": proxy.proxy_user,
        "target_host": proxy.target_host,
        "target_port": proxy.target_port,
        "host_key_fingerprint": proxy.host_key_fingerprint,
    }


async def of_user(runtime: Runtime, user: User, tunnel_id: str | None) -> list[ShownKey]:
    """A user's living keys.

    Raises:
        ValueError: malformed id.
    """
    proxy = uuid_of(tunnel_id) if tunnel_id else None
    found = await runtime.store.all(select(SSHTunnelKey).where(user_id=user.id).limit(MOST_KEYS))
    return [_shown(key) for key in found if proxy is None or key.tunnel_id == proxy]


async def every(runtime: Runtime) -> list[ShownKey]:
    """The living keys of everybody."""
    return [_shown(key) for key in await runtime.store.all(select(SSHTunnelKey).limit(MOST_KEYS))]


async def revoke(runtime: Runtime, key_id: str) -> dict[str, bool]:
    """Let a key in no more; connections that stand go on. A key that is gone is no error.

    Raises:
        ValueError: malformed id.
    """
    await runtime.store.write(delete(SSHTunnelKey).where(id=uuid_of(key_id)))
    return {"deleted": True}


async def authorized(runtime: Runtime, fingerprint: str | None) -> Answer:
    """The keys that a proxy may let in, one a line: those of a fingerprint, or all of them.

    Never JSON and never an error page: sshd reads the answer as keys. 400 for a malformed fingerprint, 500 when the store fails.
    """
    wanted = fingerprint.strip() if fingerprint is not None else None
    if wanted is not None and not is_fingerprint(wanted):
        return Answer(b"", 400, TEXT)
    living = select(SSHTunnelKey, "id", "public_key")
    if wanted is None:
        log.warning("a proxy asks for all keys: its AuthorizedKeysCommand should name the fingerprint")
    else:
        living = living.where(fingerprint=wanted)
    try:
        keys = dict.fromkeys([key.public_key async for key in runtime.store.rows(living) if key.public_key])
    except Exception:
        log.exception("cannot look up authorized keys")
        return Answer(b"", 500, TEXT)
    return Answer("\n".join(keys).encode(), 200, TEXT)


def _shown(key: SSHTunnelKey) -> ShownKey:
    return {
        "key_id": key.id,
        "user_id": key.user_id,
        "tunnel_id": key.tunnel_id,
        "public_key": key.public_key,
        "fingerprint": key.fingerprint,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }
