"""Stored answers and indexes of a release: its statistics, the versions and the images seen in its runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from argus.storage.table import ClusteringKey, PartitionKey, Row


class ReleaseStatsSnapshot(Row, table="argus_release_stats_snapshot"):
    """The release statistics for one filter (`v=<version>::img=<image>::nov=<0|1>::lim=<0|1>`), as JSON."""

    release_id: Annotated[UUID, PartitionKey()]
    filter_key: Annotated[str, ClusteringKey()]
    payload: str | None = None
    generated_at: datetime | None = None


class ReleaseDistinctVersion(Row, table="release_distinct_versions"):
    release_id: Annotated[UUID, PartitionKey()]
    version: Annotated[str, ClusteringKey()]


class ReleaseDistinctImage(Row, table="release_distinct_images"):
    release_id: Annotated[UUID, PartitionKey()]
    image_id: Annotated[str, ClusteringKey()]
