"""`python -m bench.storage [--rounds 10] [--seconds 0.5] [--cassandra HOST:PORT | --no-cassandra]`: medians of interleaved rounds.

Without an address a Cassandra of its own is started, where Java 17 and Maven are.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import tempfile
from pathlib import Path

import uvloop

from bench.storage import sqlite
from bench.storage.measure import CALLERS, OF_A_CLUSTER, Subject, report, rounds
from tests.cassandra_fixture import shared
from tests.cassandra_node import CannotRun


def own_cassandra() -> str | None:
    """The address of a node that is started for this and goes with the process; None, and why, where there can be none."""
    try:
        node = shared()
    except CannotRun as reason:
        print(f"Cassandra is left out: {reason}")
        return None
    return f"{node.host}:{node.port}"


async def main(count: int, seconds: float, cassandra: str | None) -> None:
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors")
    print(f"{CALLERS} callers, {OF_A_CLUSTER} of a cluster")
    cluster_costs: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        subjects: list[Subject] = await sqlite.subjects(Path(folder))
        if cassandra:
            from bench.storage import cql

            subjects += await cql.subjects(cassandra)
            cluster_costs = await cql.costs(cassandra)
        try:
            await rounds(subjects, count, seconds)
        finally:
            for subject in subjects:
                await subject.close()
    print(report(subjects))
    print("\nProcessor time of a document beyond the engine's row:")
    for table, microseconds in (await sqlite.costs()).items():
        print(f"  {table:20}{microseconds:6.1f} µs")
    for table, microseconds in cluster_costs.items():
        print(f"  {table:20}{microseconds:6.1f} µs  (beyond acsylla's row)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.storage")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.5, help="of one measurement")
    parser.add_argument("--cassandra", metavar="HOST:PORT", help="measure the CQL engine and scylla-driver too")
    parser.add_argument("--no-cassandra", action="store_true", help="SQLite alone")
    given = parser.parse_args()
    place = given.cassandra or (None if given.no_cassandra else own_cassandra())
    uvloop.run(main(given.rounds, given.seconds, place))
