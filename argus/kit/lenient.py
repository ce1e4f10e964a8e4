"""Values of another type than their column's, from callers whose data should not be lost for it."""

from __future__ import annotations

import math
from typing import Any

from argus.kit.losses import lose

LARGEST = 3.4e38  # what a column of 32 bits holds


def text_from(value: Any) -> str | None:
    """A value as text, as Python writes it (`5`, `True`, `['a']`); a null stays one."""
    return value if value is None or isinstance(value, str) else str(value)


def number_from(value: Any, name: str) -> float | None:
    """A number that every column holds, also out of text; else None, and the answer says that `name` was none."""
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if abs(number) <= LARGEST:  # NaN is not
        return number
    lose(f"{name}: {str(value)[:40]!r} is no number")
    return None
