"""What Cassandra refuses of a read beyond its conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.layout import Layout
from argus.storage.sqlite.where import Access
from argus.storage.statements import Select


def check_read(layout: Layout, statement: Select[Any], columns: Sequence[str], access: Access) -> None:
    """Refuse what Cassandra refuses.

    Raises:
        InvalidRequest: with Cassandra's reason.
    """
    table = layout.table
    if statement.is_distinct:
        allowed = {*table.partition_key, *layout.statics}
        if wrong := [name for name in columns if name not in allowed]:
            raise InvalidRequest(
                f"SELECT DISTINCT queries must only request partition key columns and/or static columns (not {', '.join(wrong)})"
            )
        if missing := [name for name in table.partition_key if name not in columns]:
            raise InvalidRequest(f"SELECT DISTINCT queries must request all the partition key columns (missing {', '.join(missing)})")
        if not access.full_partitions:
            raise InvalidRequest("SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.")
        if statement.max_per_partition is not None:
            raise InvalidRequest("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries")
        if statement.aggregates:
            raise InvalidRequest("SELECT DISTINCT queries must only request partition key columns and/or static columns")
    if access.uses_index and access.partition_in:
        raise InvalidRequest("Select on indexed columns and with IN clause for the PRIMARY KEY are not supported")
    if statement.aggregates and statement.max_per_partition is not None:
        raise InvalidRequest("PER PARTITION LIMIT is not allowed with aggregate queries.")
    if statement.order:
        if not table.clustering_key:
            raise InvalidRequest(f"{table.name} has no clustering column to order by")
        if access.uses_index:
            raise InvalidRequest("ORDER BY with 2ndary indexes is not supported, except for ANN queries.")
        if not access.keyed:
            raise InvalidRequest("ORDER BY is only supported when the partition key is restricted by an EQ or an IN.")
        if access.partition_in:
            raise InvalidRequest(
                "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove the ORDER BY "
                "or the IN and sort client side, or disable paging for this query"
            )
    if statement.nearest is not None:
        if statement.nearest.column not in layout.vectors:
            layout.column(statement.nearest.column)
            raise InvalidRequest("ANN ordering by vector requires the column to be indexed")
        if any(table.columns[c.column].kind == "regular" for c in statement.conditions):
            raise InvalidRequest("ANN ordering by vector requires all restricted column(s) to be indexed")
