"""`python -m bench.deduper [--seeds 1,2,3] [--sizes 10000,100000,500000]`: how good the clustering is, how fast, and in how much memory.

Each size runs in a process of its own, so that its peak of memory is its own. The making of the events is not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import resource
import subprocess
import sys
import time
from itertools import islice

from argus.features.deduper.clustering import Clusters, cluster
from argus.features.deduper.corpus import Corpus
from tests.deduper.labelled import labelled
from tests.deduper.quality import quality

PRECISION, RECALL = 0.99, 0.95
SECONDS = {10_000: 5.0, 100_000: 45.0, 500_000: 120.0}
MEMORY = 1.5 * 1024  # MiB
PAGE = 1000  # events that are made at a time


def judged(count: int, seed: int) -> bool:
    """Prints how good a clustering of events with all their differences is, and whether another order gives the same."""
    events = list(labelled(count, seed))
    corpus = Corpus()
    for event, _ in events:
        corpus.add(event)
    result = cluster(corpus)
    found = quality((number, label) for (number, _, _), (_, label) in zip(result.members(), events, strict=True))
    random.Random(seed).shuffle(events)
    shuffled = Corpus()
    for event, _ in events:
        shuffled.add(event)
    same = _heads(cluster(shuffled)) == _heads(result)
    good = found.precision >= PRECISION and found.recall >= RECALL and same
    print(
        f"  seed {seed:10}: precision {found.precision:.4f}, recall {found.recall:.4f}, {found.clusters} clusters of {count:,} events, "
        f"in another order {'the same' if same else 'OTHERS'}{'' if good else '   TOO LITTLE'}"
    )
    return good


def _heads(result: Clusters) -> dict[str, tuple[int, object]]:
    return {f"{one.event_type} {one.text_hash}": (one.size, one.representative) for one in result.clusters}


def measured(count: int, distinct: float, seed: int) -> dict[str, float]:
    """Processor seconds of this process and its peak of memory for so many events."""
    corpus, made, spent = Corpus(), labelled(count, seed, distinct), 0.0
    while page := [event for event, _ in islice(made, PAGE)]:
        began = time.process_time()
        for event in page:
            corpus.add(event)
        spent += time.process_time() - began
    began = time.process_time()
    result = cluster(corpus)
    members = sum(1 for _ in result.members())
    assert members == count
    spent += time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": spent, "peak": peak, "texts": len(corpus.texts), "clusters": len(result.clusters)}


def _in_a_process(count: int, distinct: float, seed: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.deduper", "--measure", str(count), str(distinct), str(seed)]
    answer: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer


def speed(sizes: list[int], distinct: float, seed: int) -> bool:
    """Prints time and memory of each size, and how they grow."""
    print(f"\nSpeed, {distinct:.0%} of the messages different (seed {seed}):")
    good, first = True, None
    for count in sizes:
        told = _in_a_process(count, distinct, seed)
        growth = told["seconds"] / (count * math.log(count))
        first = first or growth
        fine = told["seconds"] <= SECONDS.get(count, math.inf) and told["peak"] <= MEMORY
        good = good and fine and growth <= 1.5 * first
        print(
            f"  {count:9,} events: {told['seconds']:6.1f} s of processor, {told['peak']:6.0f} MiB, {told['texts']:9,.0f} texts, "
            f"{told['clusters']:4.0f} clusters, "
            f"{growth / first:.2f} of n log n{'' if fine else '   TOO MUCH'}"
        )
    return good


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.deduper")
    parser.add_argument("--seeds", default="", help="of the judged events; none: three new ones")
    parser.add_argument("--sizes", default="10000,100000,500000")
    parser.add_argument("--judged", type=int, default=10_000, help="events whose clusters are judged")
    parser.add_argument("--measure", nargs=3, metavar=("COUNT", "DISTINCT", "SEED"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        count, distinct, seed = given.measure
        print(json.dumps(measured(int(count), float(distinct), int(seed))))
        return 0
    seeds = [int(seed) for seed in given.seeds.split(",") if seed] or [random.SystemRandom().randrange(2**31) for _ in range(3)]
    sizes = [int(size) for size in given.sizes.split(",") if size]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors")
    print(f"Quality (precision >= {PRECISION}, recall >= {RECALL}, by pairs):")
    good = [judged(given.judged, seed) for seed in seeds]
    good += [speed(sizes, distinct, seeds[0]) for distinct in (0.05, 1.0) if sizes]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
