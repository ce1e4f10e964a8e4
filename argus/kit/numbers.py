"""Numbers that are none: NaN and the infinities are no measurements, and JSON does not know them. They count as "no value"."""

from __future__ import annotations

import math


def finite(value: float | None) -> float | None:
    """A number as it is; None for what is none."""
    return value if value is not None and math.isfinite(value) else None


def json_float(text: str) -> float | None:
    """A number out of JSON text; None where it is larger than a number can be (`1e400`)."""
    return finite(float(text))
