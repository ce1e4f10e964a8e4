"""What the routes of this folder take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

HOST_KEY = Field(description="a line of known_hosts", examples=["proxy.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"])


class Endpoint(BaseModel):
    """How to connect to a proxy, and what to forward to."""

    proxy_host: str
    proxy_port: int
    proxy_user: str
    target_host: str
    target_port: int
    host_key_fingerprint: str | None = HOST_KEY


class Alternative(Endpoint):
    tunnel_id: UUID


class Directions(Endpoint):
    """The primary proxy, and all of them in the order in which to try them."""

    proxies: list[Alternative]


class Registration(Directions):
    key_id: UUID
    tunnel_id: UUID
    expires_at: datetime


class KeyBody(BaseModel):
    public_key: str = Field(examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2f3k0c1v5mQyq0XcQp7m1Y2wz8yVvK6Q1S0uYx3b5e"])
    ttl_seconds: int | None = Field(None, ge=3600, le=2592000, description="a day when it is not given")


class Key(BaseModel):
    key_id: UUID
    user_id: UUID | None
    tunnel_id: UUID | None
    public_key: str | None
    fingerprint: str | None = Field(examples=["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
    created_at: datetime | None
    expires_at: datetime | None


class Proxy(BaseModel):
    id: UUID
    host: str | None
    port: int | None
    proxy_user: str | None
    target_host: str | None
    target_port: int | None
    host_key_fingerprint: str | None = HOST_KEY
    service_user_id: UUID | None
    is_active: bool | None


class NewProxy(Proxy):
    api_token: str = Field(description="of the proxy's account; shown here only")


class ProxyBody(BaseModel):
    host: str = Field(examples=["proxy.example.com"])
    port: int = Field(examples=[22])
    proxy_user: str = Field(examples=["argus-proxy"])
    target_host: str = Field(examples=["10.0.0.1"])
    target_port: int = Field(examples=[8080])
    is_active: bool = True


class ActiveBody(BaseModel):
    is_active: bool


class DeleteBody(BaseModel):
    delete_user: bool = Field(False, description="delete the proxy's account, instead of taking its token and role")


class ProxyDeleted(BaseModel):
    deleted: Literal[True]
    user_deleted: bool


class KeyRevoked(BaseModel):
    deleted: Literal[True]
