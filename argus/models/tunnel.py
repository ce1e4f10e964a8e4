"""SSH tunnels through which test machines reach the server."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.kit.clock import now
from argus.storage.table import Indexed, PartitionKey, Row


class SSHTunnelKey(Row, table="sshtunnel_key", uses_ttl=True):
    """A registered public key. The row itself expires (it is written with a time to live); `expires_at` only tells when."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    user_id: Annotated[UUID | None, Indexed()] = None
    tunnel_id: Annotated[UUID | None, Indexed()] = None
    public_key: str | None = None
    fingerprint: Annotated[str | None, Indexed()] = None
    created_at: datetime | None = Field(default_factory=now)
    expires_at: datetime | None = None


class ProxyTunnelConfig(Row, table="proxy_tunnel_config"):
    """A proxy host; `host_key_fingerprint` is the full known_hosts line."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    host: str | None = None
    port: int | None = None
    proxy_user: str | None = None
    target_host: str | None = None
    target_port: int | None = None
    host_key_fingerprint: str | None = None
    service_user_id: UUID | None = None
    is_active: bool | None = True
