"""Cosine similarity, for exact nearest-neighbour search."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence


def length(vector: Sequence[float]) -> float:
    """Euclidean length."""
    return math.sqrt(sum(map(operator.mul, vector, vector)))


def cosine(a: Sequence[float], b: Sequence[float], length_of_b: float) -> float:
    """Cosine similarity of two vectors, the second one's length known."""
    return float(sum(map(operator.mul, a, b))) / (length(a) * length_of_b)
