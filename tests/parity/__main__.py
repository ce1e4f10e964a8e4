"""`python -m tests.parity`: thousands of requests to both lanes; fails when an answer differs or is a 500."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from argus.kit.settings import load_settings
from tests.parity import suite


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    options.add_argument("--per-route", type=int, default=20, help="requests of each route and method")
    options.add_argument("--number", type=int, default=0, help="another number, other requests")
    options.add_argument("--record", type=Path, help="where the result is kept; else parity.json below DATA_DIR")
    asked = options.parse_args()
    logging.disable(logging.CRITICAL)  # half of the requests are wrong on purpose
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(suite.run(Path(folder), asked.per_route, asked.number, print))
    suite.write(results, asked.record or load_settings().DATA_DIR / "parity.json")
    for name, result in results.items():
        print(f"{name:16} {result.requests:6} requests {result.differences:4} differences {result.failures:4} answers of 500")
    total = [sum(getattr(result, key) for result in results.values()) for key in ("requests", "differences", "failures")]
    print(f"{'all':16} {total[0]:6} requests {total[1]:4} differences {total[2]:4} answers of 500, {time.monotonic() - started:.0f} s")
    return 1 if total[1] or total[2] else 0


if __name__ == "__main__":
    sys.exit(main())
