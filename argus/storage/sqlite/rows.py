"""What a read selects from, and what its SQL rows become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from argus.storage.sqlite.encoding import codec
from argus.storage.sqlite.expiry import seconds_left
from argus.storage.sqlite.layout import LIVE, Layout, quoted
from argus.storage.statements import TTL


class Decoder:
    """Turns SQL rows into canonical values by column; null collections are left out."""

    def __init__(self, layout: Layout, columns: Sequence[str], *, with_ttl: bool = False) -> None:
        self.columns = (*columns, TTL) if with_ttl else columns
        self.conversions = []
        self.collections = []
        for name in columns:
            column = layout.table.columns[name]
            if column.is_collection:
                self.collections.append((name, codec(column.type).decode))
            elif (convert := codec(column.type).decode) is not None:
                self.conversions.append((name, convert))
        if with_ttl:
            self.conversions.append((TTL, seconds_left))

    def decode(self, row: Sequence[Any]) -> dict[str, Any]:
        """Columns beyond those asked for are ignored."""
        values = dict(zip(self.columns, row, strict=False))
        for name, convert in self.conversions:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        for name, back in self.collections:
            value = values[name]
            if value is None:
                del values[name]
            elif back is not None:
                values[name] = back(value)
        return values


def static_view(layout: Layout, with_bare: bool) -> str:
    """Rows with their partition's static columns; `with_bare` also partitions that have nothing but those."""
    join = " AND ".join(f"r.{c} = s.{c}" for c in layout.partition_columns)
    statics = [f"s.{quoted(name)} AS {quoted(name)}" for name in layout.statics]
    own = [f"r.{c} AS {c}" for c in (*layout.key_columns, *map(quoted, layout.regulars), LIVE)]
    rows = f"SELECT {', '.join(own + statics)} FROM {layout.sql_name} r LEFT JOIN {layout.static_name} s ON {join}"
    if not with_bare:
        return rows
    partition = [f"s.{c}" for c in layout.partition_columns]
    absent = ["NULL"] * (len(own) - len(partition))
    return (
        f"{rows} UNION ALL SELECT {', '.join(partition + absent + statics)} FROM {layout.static_name} s"
        f" WHERE NOT EXISTS (SELECT 1 FROM {layout.sql_name} r WHERE {join})"
    )
