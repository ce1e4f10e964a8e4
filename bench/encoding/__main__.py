"""`python -m bench.encoding [--rounds 200]`: lists as answers have them, encoded in turns as Argus does and by the standard library.

Prints microseconds (the least of all rounds) and how many times as long the library takes; ends in 1 where that is below the goal.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from argus.kit.json import _by_library, encode
from argus.models.catalogue import ArgusTest

BEGAN = datetime(2025, 1, 1, 12, 0, 0, 123_000)


def answers() -> dict[str, tuple[Any, float]]:
    """Payloads by name, each with how many times as long the library has to take at least."""
    ids = [UUID(int=number) for number in range(1000)]
    tests = [
        ArgusTest(id=ids[n], group_id=ids[500], release_id=ids[501], name=f"longevity-{n}", build_system_id=f"job/{n}") for n in range(40)
    ]
    users = {str(ids[n]): {"id": ids[n], "username": f"user-{n}", "full_name": f"User {n}", "picture_id": None} for n in range(64)}
    events = [{"event_id": ids[n], "ts": BEGAN, "severity": "ERROR", "message": 20 * "reactor stalled "} for n in range(100)]
    accents = [{**event, "message": f"Zoë {n}"} for n, event in enumerate(events)]
    return {
        "40 tests, as models": (tests, 3),
        "64 users": (users, 5),
        "100 events": (events, 1.5),
        "one of 101 with an accent": ([*events, accents[0]], 1.2),
        "an accent in each": (accents, 1.2),
        "100 of Russian": ([{**event, "message": 20 * "реактор стоит "} for event in events], 0.4),
    }


def least(encode: Callable[[Any], object], payload: Any) -> float:
    """Microseconds of one call."""
    began = time.perf_counter()
    encode(payload)
    return (time.perf_counter() - began) * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.encoding")
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    missed = 0
    print(f"{'answer':28}{'ours, µs':>10}{'library, µs':>13}{'times':>8}")
    for name, (payload, goal) in answers().items():
        assert encode(payload).decode() == f"{_by_library(payload)}\n"
        pairs = [(least(encode, payload), least(_by_library, payload)) for _ in range(rounds)]
        ours, librarys = (min(each) for each in zip(*pairs, strict=True))
        missed += librarys / ours < goal
        print(f"{name:28}{ours:10.1f}{librarys:13.1f}{librarys / ours:8.1f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
