"""Results of single pytest tests, by name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from argus.kit.clock import time_uuid
from argus.models.enums import PytestStatus
from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row
from argus.storage.types import TimeUuid


class PytestResultTable(Row, table="pytest_v2"):
    """`id` is the time of the test; release and test are those of the generic run `run_id`."""

    name: Annotated[str, PartitionKey()]
    status: Annotated[str, ClusteringKey()] = PytestStatus.PASSED.value
    id: Annotated[datetime, ClusteringKey()]
    test_type: str | None = None
    run_id: Annotated[UUID | None, Indexed()] = None
    test_id: Annotated[UUID | None, Indexed()] = None
    release_id: Annotated[UUID | None, Indexed()] = None
    duration: float | None = None
    message: str | None = None
    test_timestamp: datetime | None = None
    session_timestamp: datetime | None = None
    markers: list[str] = []


class PytestUserField(Row, table="pytest_user_field"):
    """A field that the test attached to its result (`name`, `id`)."""

    name: Annotated[str, PartitionKey()]
    id: Annotated[datetime, ClusteringKey()]
    field_name: Annotated[str, ClusteringKey()]
    field_value: str | None = None


class LegacyPytestResultTable(Row, table="pytest_result_table"):
    """The table before `pytest_v2`; nothing reads it, installations have it."""

    name: Annotated[str, PartitionKey()]
    id: Annotated[TimeUuid, ClusteringKey("desc")] = Field(default_factory=time_uuid)
    test_type: str | None = None
    run_id: Annotated[UUID | None, Indexed()] = None
    test_id: Annotated[UUID | None, Indexed()] = None
    release_id: Annotated[UUID | None, Indexed()] = None
    duration: float | None = None
    message: str | None = None
    status: str | None = PytestStatus.PASSED.value
    test_timestamp: datetime | None = None
    session_timestamp: datetime | None = None
    markers: list[str] = []
    user_fields: Annotated[
        dict[str, str],
        Indexed("keys", "pytest_result_table_user_key_idx"),
        Indexed("entries", "pytest_result_table_user_entries_idx"),
        Indexed("values", "pytest_result_table_user_value_idx"),
    ] = {}
