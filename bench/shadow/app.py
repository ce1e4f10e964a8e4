"""Argus whose shadowing is on and off in turn, by the clock: what the benchmark serves (`uvicorn bench.shadow.app:app`)."""

from __future__ import annotations

import random
import time

from argus_backend import app

TURN = 2.0  # seconds with, then as many without


def is_on(now: float) -> bool:
    """Whether requests are drawn at a time, in seconds since the epoch."""
    return int(now / TURN) % 2 == 1


def draw() -> float:
    if is_on(time.time()):
        return random.random()
    shadow._line.clear()  # else what was drawn in this turn would be played in the next
    return 1.0


assert app.shadow is not None
shadow = app.shadow
shadow.draw = draw
