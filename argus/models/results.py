"""Result tables: their description, their cells, the best values so far, and the graphs drawn from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row
from argus.storage.types import Ascii, Frozen, Udt


class ColumnMetadata(Udt, name="column_metadata"):
    """`higher_is_better` null: the column's best value is not tracked and its cells are not validated."""

    name: Ascii | None = None
    unit: str | None = None
    type: Ascii | None = None
    higher_is_better: bool | None = None
    visible: bool | None = True


class ValidationRules(Udt, name="validation_rules"):
    """Limits of a column from `valid_from` on; all null means that the rules were taken away."""

    valid_from: datetime | None = None
    best_pct: float | None = None
    best_abs: float | None = None
    fixed_limit: float | None = None


class ArgusGenericResultMetadata(Row, table="generic_result_metadata_v1"):
    """A result table of a test. `validation_rules` keeps a history per column, newest last."""

    test_id: Annotated[UUID, PartitionKey()]
    name: Annotated[str, ClusteringKey()]
    description: str | None = None
    columns_meta: list[ColumnMetadata] = []
    validation_rules: dict[Ascii, Annotated[list[ValidationRules], Frozen()]] = {}
    rows_meta: list[Ascii] = []
    sut_package_name: Ascii | None = None


class ArgusGenericResultData(Row, table="generic_result_data_v1"):
    """One cell of one run."""

    test_id: Annotated[UUID, PartitionKey()]
    name: Annotated[str, PartitionKey()]
    run_id: Annotated[UUID, ClusteringKey()]
    column: Annotated[Ascii, ClusteringKey(), Indexed()]
    row: Annotated[Ascii, ClusteringKey(), Indexed()]
    sut_timestamp: datetime | None = None
    value: float | None = None
    value_text: str | None = None
    status: Ascii | None = None


class ResultSubmission(Row, table="generic_result_submission"):
    """When the first cell of a run's table was last written: the order in which its tables are shown. Of our own."""

    test_id: Annotated[UUID, PartitionKey()]
    run_id: Annotated[UUID, PartitionKey()]
    name: Annotated[str, ClusteringKey()]
    submitted_at: datetime | None = None


class ArgusBestResultData(Row, table="generic_result_best_v2"):
    """A record, when it was set; `key` is `<column>:<row>`."""

    test_id: Annotated[UUID, PartitionKey()]
    name: Annotated[str, PartitionKey()]
    result_date: Annotated[datetime, ClusteringKey("desc")]
    key: Annotated[Ascii, ClusteringKey()]
    value: float | None = None
    run_id: UUID | None = None


class ArgusGraphView(Row, table="graph_view_v1"):
    """A named choice of graphs of a test: graph title → properties as JSON."""

    test_id: Annotated[UUID, PartitionKey()]
    id: Annotated[UUID, ClusteringKey()] = Field(default_factory=uuid4)
    name: str | None = None
    description: str | None = None
    graphs: dict[str, Ascii] = {}
