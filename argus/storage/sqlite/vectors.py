"""Vectors: what a cosine index refuses, and exact nearest-neighbour search."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from argus.storage.errors import InvalidRequest
from argus.storage.table import Column

SMALLEST = 1e-6  # below this length Cassandra calls a vector near-zero


def check_cosine(column: Column, vector: Sequence[Any] | None) -> None:
    """Cassandra's rule for vectors under a cosine index.

    Raises:
        InvalidRequest: a component is not finite, or the vector has (nearly) no length.
    """
    if not isinstance(vector, (list, tuple)) or not all(isinstance(x, (int, float)) for x in vector):
        return  # null, or the binder's affair
    for place, component in enumerate(vector):
        if not math.isfinite(component):
            raise InvalidRequest(f"non-finite value at vector[{place}]={component} in column {column.name}")
    if length(vector) < SMALLEST:
        raise InvalidRequest("Zero and near-zero vectors cannot be indexed or queried with cosine similarity")


def length(vector: Sequence[float]) -> float:
    """Euclidean length."""
    return math.sqrt(sum(map(operator.mul, vector, vector)))


def cosine(a: Sequence[float], b: Sequence[float], length_of_b: float) -> float:
    """Cosine similarity of two vectors, the second one's length known."""
    return float(sum(map(operator.mul, a, b))) / (length(a) * length_of_b)
