"""What processes tell each other of changes. Our own table; the other system has none."""

from __future__ import annotations

from typing import Annotated

from argus.storage.table import ClusteringKey, PartitionKey, Row
from argus.storage.types import BigInt


class LiveLog(Row, table="live_log", uses_ttl=True):
    """A ring of what was published, in one partition: what is not read for two minutes is gone.

    The row at place 0 holds in `number` how many there have been; every other one is a batch, at the place `1 + number % places`. Both are
    written by one conditional batch, so numbers have no gap and no two writers the same.
    """

    log: Annotated[str, PartitionKey()]
    place: Annotated[int, ClusteringKey()]
    number: BigInt | None = None
    changes: str | None = None
