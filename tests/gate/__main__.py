"""What must pass before a change lands; with `--all`, everything there is.

    python -m tests.gate [--all] [--only STEP …]

The gate stops at the first failure. `--all` goes on after one, and tells at the end what ran, passed and was left out, and why.
The output of each step is kept below build/gate.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time

from tests.gate.counts import NONE, failures, slowest
from tests.gate.machine import Machine
from tests.gate.play import ROOT, Player, Result
from tests.gate.steps import EVERYTHING, GATE, Step

SLOWEST = 20


def summary(results: list[Result], seconds: float) -> str:
    """What ran and how long it took, then what is to be mended; the last line is of pytest's form."""
    total = sum((each.counts for each in results), NONE)
    tests = sorted((found for each in results for found in slowest(each.output)), reverse=True)[:SLOWEST]
    lines = ["", f"The slowest {len(tests)} tests:", *(f"{took:8.1f} s  {name}" for took, name in tests)]
    lines += ["", "What ran:", *map(str, results), ""]
    failed = [line for each in results if each.state == "failed" for line in failures(each.output)]
    unsteady = [line for each in results for line in each.unsteady]
    lines += ["Failed:", *failed, ""] if failed else []
    lines += ["Unsteady (failed beside the others, passed by themselves):", *unsteady, ""] if unsteady else []
    bad = [each.step.name for each in results if each.state in ("failed", "stopped")]
    lines += [f"FAILED: {', '.join(bad)}"] if bad else []
    return "\n".join([*lines, f"==== {total or 'no tests ran'} in {seconds:.2f}s ===="])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="also what takes long; goes on after a failure")
    parser.add_argument("--only", action="append", default=[], metavar="STEP", help="a step's name (may be given again)")
    asked = parser.parse_args()
    started = time.monotonic()
    rounds = [[_chosen(track, asked.only) for track in tracks] for tracks in (EVERYTHING if asked.all else (GATE,))]
    logs = ROOT / "build" / "gate"
    logs.mkdir(parents=True, exist_ok=True)
    player = Player(Machine(), logs, stop_early=not asked.all)
    for sent in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sent, lambda number, frame: player.stop())
    for tracks in rounds:
        player.beside(tracks)
    print(summary(player.results, time.monotonic() - started), flush=True)
    return 0 if all(each.state in ("passed", "left out") for each in player.results) else 1


def _chosen(track: tuple[Step, ...], names: list[str]) -> tuple[Step, ...]:
    return tuple(step for step in track if not names or step.name in names)


if __name__ == "__main__":
    sys.exit(main())
