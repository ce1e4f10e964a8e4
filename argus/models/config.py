"""Configurations with which a run was started."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from argus.storage.table import ClusteringKey, PartitionKey, Row


class RunConfiguration(Row, table="run_configuration"):
    """One file, as submitted."""

    run_id: Annotated[UUID, PartitionKey()]
    name: Annotated[str, ClusteringKey()]
    content: str | None = None


class RunConfigParam(Row, table="run_config_param"):
    """One leaf of a JSON configuration, to find runs by; `run_id` is the text that the client sent."""

    name: Annotated[str, PartitionKey()]
    value: Annotated[str, PartitionKey()]
    run_id: Annotated[str, ClusteringKey()]
