"""Values that outlive the process: one row a key, the value in the column of its type."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

from argus.storage.table import PartitionKey, Row
from argus.storage.types import Ascii


class RuntimeStore(Row, table="runtime_store"):
    """`value_type` (a `RuntimeValueType`) tells which column counts: `datetime` is in `value_date`, `time` in `value_ts`."""

    key: Annotated[str, PartitionKey()]
    value_type: Ascii | None = None
    value_int: int | None = None
    value_text: str | None = None
    value_ts: time | None = None
    value_date: datetime | None = None
    value_float: float | None = None
    value_boolean: bool | None = None
