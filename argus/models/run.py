"""What every run is, whatever its type; and where a run is found by its id."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from argus.kit.clock import EPOCH, now, now_s
from argus.models.enums import TestInvestigationStatus, TestStatus
from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row


class RunBase(Row):
    """The columns that the table of every run type has, beside `logs`, whose type differs.

    `build_id` is the job (`ArgusTest.build_system_id`), `id` is chosen by the client; release, group and test are null when no test has
    that job. `end_time` at the epoch means not finished.
    """

    build_id: Annotated[str, PartitionKey()]
    start_time: Annotated[datetime, ClusteringKey("desc")] = Field(default_factory=now)
    id: Annotated[UUID, Indexed()]
    release_id: Annotated[UUID | None, Indexed()] = None
    group_id: Annotated[UUID | None, Indexed()] = None
    test_id: Annotated[UUID | None, Indexed()] = None
    assignee: Annotated[UUID | None, Indexed()] = None
    status: str | None = TestStatus.CREATED.value
    investigation_status: str | None = TestInvestigationStatus.NOT_INVESTIGATED.value
    heartbeat: int | None = Field(default_factory=now_s)
    end_time: datetime | None = EPOCH
    build_job_url: str | None = None
    build_number: int | None = None
    product_version: Annotated[str | None, Indexed()] = None
    scylla_version: str | None = None


class RunLocation(Row, table="run_location"):
    """Run id → the row of its run. Claimed before the run is written, which is what makes ids unique.

    A claim without a run (the writer died in between) is repaired by whoever comes next and finds `claimed_at` old.
    """

    id: Annotated[UUID, PartitionKey()]
    run_type: str | None = None
    build_id: str | None = None
    start_time: datetime | None = None
    claimed_at: datetime | None = Field(default_factory=now)


class RunKey(Row, table="run_key"):
    """What people know of a run when they look for it → the run. Our own table, written when a run is new.

    `key` is `id:` with the first four hexadecimal digits of the run's id, or `#` with its build number; the newest come first.
    """

    key: Annotated[str, PartitionKey()]
    start_time: Annotated[datetime, ClusteringKey("desc")]
    id: Annotated[UUID, ClusteringKey()]
    run_type: str | None = None
    build_id: str | None = None
