"""What the gateways of all workers share. Our own tables; the other system has none of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from argus.storage.table import ClusteringKey, PartitionKey, Row


class GatewayOverride(Row, table="gateway_override"):
    """What stands instead of the registry's word on a subject; one partition, `scope` is `all`. Written by LWT only."""

    scope: Annotated[str, PartitionKey()]
    subject: Annotated[str, ClusteringKey()]
    owner: str | None = None
    percent: float | None = None
    basis: str | None = None
    who: str | None = None
    why: str | None = None
    at: datetime | None = None


class GatewayReport(Row, table="gateway_report", uses_ttl=True):
    """What a worker tells the others about a topic, as JSON."""

    topic: Annotated[str, PartitionKey()]
    worker: Annotated[str, ClusteringKey()]
    value: str | None = None


class GatewayJournal(Row, table="gateway_journal"):
    """One change of who serves what. One partition a year: changes are made by people."""

    year: Annotated[int, PartitionKey()]
    at: Annotated[datetime, ClusteringKey("desc")]
    id: Annotated[UUID, ClusteringKey()]
    subject: str | None = None
    what: str | None = None
    before: str | None = None
    after: str | None = None
    who: str | None = None
    source: str | None = None
    why: str | None = None
    evidence: str | None = None
