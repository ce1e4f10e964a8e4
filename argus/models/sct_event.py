"""Events of a cluster test, the queue of those not yet looked at, and what similarity search knows of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row, Static
from argus.storage.types import Float32, Frozen, Vector

EMBEDDING_SIZE = 384


class SCTEvent(Row, table="sct_event"):
    """`severity` is an `SCTEventSeverity`; `duplicate_id` and `summary` are written by background work."""

    run_id: Annotated[UUID, PartitionKey()]
    severity: Annotated[str, PartitionKey()]
    ts: Annotated[datetime, ClusteringKey()]
    event_id: Annotated[UUID | None, Indexed()] = Field(default_factory=uuid4)
    event_type: str | None = None
    message: str | None = None
    duplicate_id: UUID | None = None
    summary: str | None = None
    node: str | None = None
    received_timestamp: datetime | None = None
    nemesis_name: str | None = None
    duration: Float32 | None = None
    target_node: str | None = None
    nemesis_status: str | None = None
    known_issue: str | None = None


class SCTUnprocessedEvent(Row, table="sct_unprocessed_events"):
    """An ERROR or CRITICAL event that waits for its embedding."""

    run_id: Annotated[UUID, PartitionKey()]
    severity: Annotated[str, ClusteringKey()]
    ts: Annotated[datetime, ClusteringKey("desc")]


class SCTErrorEventEmbedding(Row, table="sct_error_event_embedding", keyspace="tablets"):
    run_id: Annotated[UUID, PartitionKey()]
    ts: Annotated[datetime, ClusteringKey("desc")]
    embedding: Annotated[list[float] | None, Vector(EMBEDDING_SIZE), Indexed("vector")] = None


class SCTCriticalEventEmbedding(Row, table="sct_critical_event_embedding", keyspace="tablets"):
    run_id: Annotated[UUID, PartitionKey()]
    ts: Annotated[datetime, ClusteringKey("desc")]
    embedding: Annotated[list[float] | None, Vector(EMBEDDING_SIZE), Indexed("vector")] = None


class LegacyEmbedding(Row):
    """Similarity as it was kept before: `similars_map` goes from a run to the index of its similar event."""

    run_id: Annotated[UUID, PartitionKey()]
    event_index: Annotated[int, ClusteringKey()]
    start_time: Annotated[datetime | None, Static()] = None
    embedding: Annotated[list[Float32], Frozen()] = []
    similars_map: Annotated[dict[UUID, int], Frozen()] = {}
    duplicates_list: Annotated[list[int], Frozen()] = []


class ErrorEventEmbeddings(LegacyEmbedding, table="error_event_embeddings"):
    """Of ERROR events."""


class CriticalEventEmbeddings(LegacyEmbedding, table="critical_event_embeddings"):
    """Of CRITICAL events."""


MODELS: tuple[type[Row], ...] = (
    SCTEvent,
    SCTUnprocessedEvent,
    SCTErrorEventEmbedding,
    SCTCriticalEventEmbedding,
    ErrorEventEmbeddings,
    CriticalEventEmbeddings,
)
