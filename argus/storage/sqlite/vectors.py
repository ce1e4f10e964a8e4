"""Cosine similarity, for exact nearest-neighbour search."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Sequence

if sys.version_info >= (3, 12):
    dot = math.sumprod
else:

    def dot(a: Sequence[float], b: Sequence[float]) -> float:
        return float(sum(map(operator.mul, a, b)))


def cosine(a: Sequence[float], b: Sequence[float], length_of_b: float) -> float:
    """Cosine similarity of two vectors, the second one's length known."""
    return dot(a, b) / (math.hypot(*a) * length_of_b)
