"""How good a clustering is, by pairs: of two events in one cluster, do both tell of one failure (precision); and the other way (recall)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    precision: float
    recall: float
    clusters: int


def quality(pairs: Iterable[tuple[Hashable, Hashable]]) -> Quality:
    """Of events given as (cluster, failure)."""
    both = Counter(pairs)
    clusters, failures = Counter[Hashable](), Counter[Hashable]()
    for (cluster, failure), count in both.items():
        clusters[cluster] += count
        failures[failure] += count
    together = _pairs(both.values())
    return Quality(together / max(1, _pairs(clusters.values())), together / max(1, _pairs(failures.values())), len(clusters))


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)
