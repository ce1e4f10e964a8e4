"""What a value must keep to (docs/contract/results.md#status-of-a-cell)."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Protocol

from argus.features.tracker.results.best import History, Measured, better
from argus.models.enums import CellStatus
from argus.models.results import ArgusBestResultData, ArgusGenericResultMetadata, ValidationRules


class Judged(Measured, Protocol):
    """A cell that is to be validated."""

    @property
    def status(self) -> str: ...


def status_of(cell: Judged, table: ArgusGenericResultMetadata, history: History) -> str:
    """The status of a cell: as sent, unless it is `UNSET` in a column with rules and a direction.

    A value must be strictly better than every limit, so one that equals a limit fails. Where there is a limit and no number nobody can
    tell: the cell stays `UNSET`.
    """
    rules = table.validation_rules.get(cell.column)
    higher = next((column.higher_is_better for column in table.columns_meta if column.name == cell.column), None)
    if not rules or cell.status != CellStatus.UNSET or higher is None:
        return cell.status
    records = history.get(f"{cell.column}:{cell.row}")
    limits = limits_of(rules[-1], records[-1] if records else None, higher)
    if limits and cell.value is None:
        return cell.status
    return CellStatus.PASS.value if all(better(cell.value, limit, higher) for limit in limits) else CellStatus.ERROR.value


def limits_of(rule: ValidationRules, best: ArgusBestResultData | None, higher: bool) -> list[float]:
    """The limits that a rule sets, those relative to the best value only when there is one; what is no number is no limit."""
    limits = [rule.fixed_limit]
    if best is not None and best.value is not None:
        sign = -1 if higher else 1
        if rule.best_pct is not None:
            limits.append(best.value * (1 + sign * rule.best_pct / 100))
        if rule.best_abs is not None:
            limits.append(best.value + sign * rule.best_abs)
    return [limit for limit in limits if limit is not None and math.isfinite(limit)]


def rule_at(rules: list[ValidationRules], moment: datetime) -> ValidationRules:
    """The rule that counted at a moment; before the first one, the first."""
    return next((rule for rule in reversed(rules) if rule.valid_from is not None and rule.valid_from <= moment), rules[0])


def best_at(records: list[ArgusBestResultData], moment: datetime) -> ArgusBestResultData:
    """The best value at a moment; before the first one, the first."""
    return next((record for record in reversed(records) if record.result_date <= moment), records[0])
