"""The description of a result table, which changes with what is submitted (docs/contract/results.md#description-of-a-known-table)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from argus.domain.swap import swap
from argus.kit.clock import now
from argus.kit.errors import foreseen
from argus.kit.parse import need
from argus.models.results import ArgusGenericResultMetadata, ColumnMetadata, ValidationRules
from argus.runtime import Runtime
from argus.storage.statements import Update, update

LIMITS = ("best_pct", "best_abs", "fixed_limit")
PLAIN = ("description", "sut_package_name")
MERGED = ("columns_meta", "rows_meta", "validation_rules", *PLAIN)

Rules = Mapping[str, list[ValidationRules]]


async def record_metadata(runtime: Runtime, test_id: UUID, meta: Mapping[str, Any]) -> ArgusGenericResultMetadata:
    """Create a table's description or merge what was submitted into it, however many do so at once.

    Returns:
        The description as it is now.

    Raises:
        KeyError: the table has no name.
        AttributeError: a key that is none of an existing table's fields.
        ValidationError, TypeError: a value of a wrong type.
    """
    new = ArgusGenericResultMetadata.model_construct(
        test_id=test_id,
        name=need(meta, "name"),
        columns_meta=columns_of(meta.get("columns_meta") or []),
        rows_meta=meta.get("rows_meta") or [],
        validation_rules=history_after({}, meta.get("validation_rules") or {}),
        **{field: meta.get(field) for field in PLAIN},
    )
    if await runtime.store.create(new):
        return new
    for key in meta:
        if key not in (*MERGED, "name"):
            raise foreseen(AttributeError(f"'{ArgusGenericResultMetadata.__name__}' object has no attribute '{key}'"))
    merged = new

    def merge(present: ArgusGenericResultMetadata) -> Update | None:
        nonlocal merged
        changes = changes_of(present, meta)
        merged = present.changed(**changes)
        return update(ArgusGenericResultMetadata, test_id=test_id, name=new.name).set(**changes) if changes else None

    await swap(runtime.store, new, MERGED, merge, anchor="description")
    return merged


def columns_of(sent: list[Mapping[str, Any]]) -> list[ColumnMetadata]:
    """Columns as submitted."""
    return [ColumnMetadata(**column) for column in sent]


def changes_of(present: ArgusGenericResultMetadata, meta: Mapping[str, Any]) -> dict[str, Any]:
    """What a submission changes of a table's description; what it does not name, or names as null, stays."""
    after: dict[str, Any] = {field: meta[field] for field in PLAIN if field in meta}
    if meta.get("columns_meta") is not None:
        after["columns_meta"] = columns_of(meta["columns_meta"])
    if meta.get("rows_meta") is not None:
        after["rows_meta"] = list(dict.fromkeys([*present.rows_meta, *meta["rows_meta"]]))
    if meta.get("validation_rules") is not None:
        after["validation_rules"] = history_after(present.validation_rules, meta["validation_rules"])
    return {field: value for field, value in after.items() if value != getattr(present, field)}


def history_after(history: Rules, sent: Mapping[str, Mapping[str, Any]]) -> dict[str, list[ValidationRules]]:
    """The rules' history with those that are new or different; rules that are no longer sent end with an entry without limits."""
    after = {column: list(entries) for column, entries in history.items()}
    withdrawn = {column: {} for column in history if column not in sent}  # type: Mapping[str, Mapping[str, Any]]
    for column, limits in {**withdrawn, **sent}.items():
        rule = ValidationRules(valid_from=now(), **{limit: limits.get(limit) for limit in LIMITS})
        latest = after[column][-1] if after.get(column) else None
        if latest is None or any(getattr(latest, limit) != getattr(rule, limit) for limit in LIMITS):
            after.setdefault(column, []).append(rule)
    return after
