"""The columns of a table: their names, and what a configuration says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import re2

from argus.models.enums import ResultType

LONGEST_PATTERN = 200  # characters
LONGEST_NAME = 200
MEMORY = 1 << 20  # bytes that one expression may take when it is compiled


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    type: str = ResultType.TEXT.value
    unit: str = ""
    higher_is_better: bool | None = None

    def stored(self) -> dict[str, Any]:
        """As it is kept beside the rows."""
        return asdict(self)


class Columns:
    """The columns that a configuration tells about: name, type and unit for those whose header matches."""

    def __init__(self, told: Iterable[Mapping[str, Any]]) -> None:
        """Raises:
        ValueError: an expression is malformed, too long or too large.
        """
        self._told = [(compiled(each["match"]), each) for each in told]

    def of(self, header: Sequence[str]) -> list[Column]:
        """The columns of a table, each with a name of its own."""
        taken: set[str] = set()
        return [self._column(number, name, taken) for number, name in enumerate(header, 1)]

    def _column(self, number: int, header: str, taken: set[str]) -> Column:
        given = " ".join(header.split())[:LONGEST_NAME]
        told = next((told for expression, told in self._told if expression.fullmatch(given)), None)
        name = _free((told or {}).get("name") or given or f"column {number}", taken)
        if told is None:
            return Column(name)
        return Column(name, told.get("type") or ResultType.TEXT.value, told.get("unit") or "", told.get("higher_is_better"))


def compiled(pattern: str) -> Any:
    """An expression that a linear-time engine searches, whatever it is.

    Raises:
        ValueError: it is none, or longer than 200 characters.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"an expression of {len(pattern)} characters; at most {LONGEST_PATTERN} are allowed")
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise ValueError(f"no expression: {reason.decode() if isinstance(reason, bytes) else reason}") from None


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    taken.add(free)
    return free
