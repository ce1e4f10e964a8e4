"""Figures beside their targets: printed as they are found, and as the part of its target that each is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


class Figures:
    """What was measured so far."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def most(self, name: str, value: float, unit: str, target: float) -> None:
        """One that is to stay below its target."""
        self._say(name, value, unit, target, value / target)

    def least(self, name: str, value: float, unit: str, target: float) -> None:
        """One that is to be above its target."""
        self._say(name, value, unit, target, target / value)

    def _say(self, name: str, value: float, unit: str, target: float, ratio: float) -> None:
        mark = "" if ratio <= 1 else "  missed"
        print(f"{name:<48} {value:>9.3g} {unit:<6} target {target:>6g} {unit:<6} {ratio:>5.2f} of it{mark}", flush=True)
        if mark:
            self.missed.append(name)


def p95(seconds: Sequence[float]) -> float:
    """The time below which 95 of 100 stay, in milliseconds."""
    return statistics.quantiles(seconds, n=20)[-1] * 1000
