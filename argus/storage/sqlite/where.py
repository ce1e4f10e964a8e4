"""Which conditions a statement may have, as Cassandra judges them, and the SQL they become."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from argus.storage.binding import column_binder
from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.encoding import codec, key_text
from argus.storage.sqlite.layout import Layout, is_multicell, is_ordered, quoted
from argus.storage.statements import Condition
from argus.storage.table import Column
from argus.storage.types import ListOf, MapOf, SetOf

MOST_KEYS = 100  # key values of one query; ScyllaDB's limit
FILTERING = (
    "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. "
    "If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING"
)
EQUALITIES = ("=", "in")
STARTS, ENDS = (">", ">="), ("<", "<=")

Shape = tuple[str, str]  # column, operator
Values = Callable[[Condition], list[Any]]


@dataclass(frozen=True, slots=True)
class Access:
    """How a read finds its rows.

    Attributes:
        keyed: the whole partition key is given: partition by partition; otherwise the table is scanned in token order.
        index: the SQL index that the scan follows, if there is one.
        clauses: of every condition that is not the partition key of a keyed read its SQL and where its parameters come from.
        full_partitions: nothing but the partition key and static columns is restricted.
        partition_in: the partition key is restricted by IN.
        uses_index: a secondary index answers, in Cassandra's terms.
    """

    keyed: bool
    index: str | None
    clauses: tuple[tuple[int, str, Values], ...]
    full_partitions: bool
    partition_in: bool
    uses_index: bool


def check_conditions(layout: Layout, shapes: Sequence[Shape]) -> None:
    """What holds whatever the statement: columns exist, operators fit their types, no column is restricted twice.

    Raises:
        InvalidRequest: with Cassandra's reason.
    """
    seen: dict[str, list[str]] = {}
    for name, op in shapes:
        column = layout.column(name)
        if op == "contains" and not column.is_collection:
            raise InvalidRequest(f"Cannot use CONTAINS on non-collection column {name}")
        if op == "contains key" and not isinstance(column.type, MapOf):
            raise InvalidRequest(f"Cannot use CONTAINS KEY on non-map column {name}")
        if op == "entry" and not isinstance(column.type, MapOf):
            raise InvalidRequest(f"Column {name} cannot be used as a map")
        if op in (*EQUALITIES, *STARTS, *ENDS) and is_multicell(column):
            raise InvalidRequest(f"Collection column '{name}' ({column.type}) cannot be restricted by a '{op.upper()}' relation")
        if op in (*STARTS, *ENDS) and not is_ordered(column.type):
            raise InvalidRequest(f"Slice restrictions are not supported on column {name} ({column.type})")
        others = seen.setdefault(name, [])
        if others and (op in EQUALITIES or any(o in EQUALITIES for o in others)):
            which = "an Equal" if "=" in (op, *others) else "a IN"
            raise InvalidRequest(f"{name} cannot be restricted by more than one relation if it includes {which}")
        for side, bounds in (("start", STARTS), ("end", ENDS)):
            if op in bounds and any(o in bounds for o in others):
                raise InvalidRequest(f"More than one restriction was found for the {side} bound on {name}")
        others.append(op)


def plan(layout: Layout, shapes: Sequence[Shape], filtering: bool) -> Access:
    """Decide how a read finds its rows.

    Raises:
        InvalidRequest: Cassandra would refuse the conditions, or wants ALLOW FILTERING.
    """
    check_conditions(layout, shapes)
    table = layout.table
    ops: dict[str, list[str]] = {}
    for name, op in shapes:
        ops.setdefault(name, []).append(op)
    keyed = all(ops.get(name, [""])[0] in EQUALITIES for name in table.partition_key)
    partition_given = any(name in ops for name in table.partition_key)
    others = [(name, op) for name, op in shapes if table.columns[name].kind in ("regular", "static")]
    indexed = [shape for shape in others if _has_index(layout, *shape)]
    needs_filtering = (
        len(others) > 1
        or (bool(others) and not indexed)
        or (not keyed and (partition_given or any(name in ops for name in table.clustering_key)))
    )
    gap = _clustering_gap(layout, ops)
    if gap and keyed and not filtering and not others:
        raise InvalidRequest(gap)
    if (needs_filtering or gap) and not filtering:
        raise InvalidRequest(FILTERING)
    index = None
    if not keyed:
        index = next((found for name, op in indexed if op == "=" and (found := layout.index_on(name))), None)
    clauses = tuple(
        (place, *clause(layout, name, op))
        for place, (name, op) in enumerate(shapes)
        if not (keyed and table.columns[name].kind == "partition")
    )
    return Access(
        keyed=keyed,
        index=index,
        clauses=clauses,
        full_partitions=all(table.columns[name].kind in ("partition", "static") for name in ops),
        partition_in=any("in" in ops.get(name, ()) for name in table.partition_key),
        uses_index=bool(indexed),
    )


def _clustering_gap(layout: Layout, ops: dict[str, list[str]]) -> str | None:
    """Why the clustering conditions are no key prefix, if they are not."""
    previous: str | None = None
    reason = ""
    for name in layout.table.clustering_key:
        here = ops.get(name)
        if here and previous:
            if reason == "unrestricted":
                return f'PRIMARY KEY column "{name}" cannot be restricted as preceding column "{previous}" is not restricted'
            return f'Clustering column "{name}" cannot be restricted (preceding column "{previous}" is restricted by a non-EQ relation)'
        if previous is None:
            if not here:
                previous, reason = name, "unrestricted"
            elif here[0] not in EQUALITIES:
                previous, reason = name, "non-EQ"
    return None


def _has_index(layout: Layout, name: str, op: str) -> bool:
    column = layout.table.columns[name]
    wanted = {"=": ("values", "full"), "contains": ("values",), "contains key": ("keys",), "entry": ("entries",)}.get(op, ())
    return any(i.column == name and i.target in wanted and (op != "contains" or column.is_collection) for i in layout.table.indexes)


# -- SQL -------------------------------------------------------------------------------------------------------------------------------


def clause(layout: Layout, name: str, op: str) -> tuple[str, Values]:
    """A condition's SQL and the function that gives its parameters. An IN's `?` are put in by `with_values`."""
    column = layout.table.columns[name]
    there = quoted(name)
    binder, param = column_binder(column), layout.params[name]
    if op == "in":
        return f"{there} IN (%s)", lambda c: [_not_null(column, param(v)) for v in c.value]
    if op in ("=", *STARTS, *ENDS):
        return f"{there} {op} ?", lambda c: [_not_null(column, param(c.value))]
    each = f"EXISTS (SELECT 1 FROM json_each({there}) WHERE"
    if op == "contains":
        assert binder.element is not None
        element, shown = binder.element, _json_sql(_element_type(column))
        return f"{each} value = ?)", lambda c: [shown(_not_null(column, element(c.value)))]
    assert isinstance(column.type, MapOf)
    assert binder.key is not None
    bind_key, text = binder.key, key_text(column.type.key)
    if op == "contains key":
        return f"{each} key = ?)", lambda c: [text(_not_null(column, bind_key(c.value)))]
    assert binder.element is not None
    element, shown = binder.element, _json_sql(column.type.value)
    return (
        f"{each} key = ? AND value = ?)",
        lambda c: [text(_not_null(column, bind_key(c.key))), shown(_not_null(column, element(c.value)))],
    )


def _element_type(column: Column) -> Any:
    match column.type:
        case ListOf(item) | SetOf(item) | MapOf(_, item):
            return item
    raise AssertionError(f"{column.name} is no collection")


def _json_sql(kind: Any) -> Callable[[Any], Any]:
    """A canonical value as `json_each` shows it: scalars as SQL values, the rest as JSON text."""
    form = codec(kind)
    if form.encode is not None and form.affinity == "TEXT" and form.to_json is not form.encode:
        return form.encode
    return form.to_json or (lambda v: v)


def _not_null(column: Column, value: Any) -> Any:
    if value is None:
        if column.kind in ("partition", "clustering"):
            raise InvalidRequest(f"Invalid null value in condition for column {column.name}")
        raise InvalidRequest(f"Unsupported null value for column {column.name}")
    return value


def fixed_sql(clauses: Sequence[tuple[int, str, Values]]) -> str | None:
    """The clauses' SQL where it is the same for all values; None where an IN makes it longer or shorter."""
    return None if any("%s" in text for _, text, _ in clauses) else "".join(f" AND {text}" for _, text, _ in clauses)


def with_values(clauses: Sequence[tuple[int, str, Values]], conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """The clauses' SQL (` AND … AND …`) and parameters for a statement's values."""
    sql, params = "", []
    for place, text, values in clauses:
        found = values(conditions[place])
        if conditions[place].op == "in":
            found = list(dict.fromkeys(found))
            text = text % ", ".join("?" * len(found))
        sql += f" AND {text}"
        params += found
    return sql, params


# -- keys ------------------------------------------------------------------------------------------------------------------------------


def partitions(layout: Layout, conditions: Sequence[Condition]) -> list[list[Any]]:
    """Token and key of every partition that `=` and `IN` name, in the order in which Cassandra answers: by key, not by token."""
    given = {c.column: c for c in conditions if c.column in layout.table.partition_key}
    if all(c.op == "=" for c in given.values()):
        return [layout.partition({name: c.value for name, c in given.items()})]
    choices = [_choices(given[name]) for name in layout.table.partition_key]
    _bounded("partition", choices)
    found = [layout.partition(dict(zip(layout.table.partition_key, values, strict=True))) for values in product(*choices)]
    return [list(key) for key in dict.fromkeys(map(tuple, sorted(found, key=lambda key: key[1:])))]


def _choices(condition: Condition) -> list[Any]:
    return list(condition.value) if condition.op == "in" else [condition.value]


def _bounded(what: str, choices: Sequence[Sequence[Any]]) -> None:
    if (count := math.prod(map(len, choices))) > MOST_KEYS:
        raise InvalidRequest(f"{what} key restrictions give {count} key values; at most {MOST_KEYS} are allowed in one query")


def check_clustering_in(layout: Layout, conditions: Sequence[Condition]) -> None:
    """The limit on key values, for IN on clustering columns.

    Raises:
        InvalidRequest: too many.
    """
    _bounded("clustering", [c.value for c in conditions if c.op == "in" and c.column in layout.table.clustering_key])


def key_ranges(layout: Layout, conditions: Sequence[Condition]) -> Iterator[tuple[list[Any], str, list[Any]]]:
    """Of a delete by key prefix: every partition, and the SQL and parameters of the clustering conditions.

    Raises:
        InvalidRequest: no partition key, or clustering conditions that are no key prefix.
    """
    shapes = [(c.column, c.op) for c in conditions]
    check_conditions(layout, shapes)
    ops: dict[str, list[str]] = {name: [op for other, op in shapes if other == name] for name, _ in shapes}
    if missing := [name for name in layout.table.partition_key if ops.get(name, [""])[0] not in EQUALITIES]:
        raise InvalidRequest(f"Some partition key parts are missing: {', '.join(missing)}")
    if gap := _clustering_gap(layout, ops):
        raise InvalidRequest(gap)
    check_clustering_in(layout, conditions)
    clustering = [(i, *clause(layout, *shape)) for i, shape in enumerate(shapes) if shape[0] in layout.table.clustering_key]
    sql, params = with_values(clustering, conditions)
    for partition in partitions(layout, conditions):
        yield partition, sql, params
