"""Replay every recording against a server of our own: both lanes, each engine.

    python -m tests.golden [--lane flask|fastapi] [--engine sqlite|cassandra] [scenario folder or file …]

Cassandra is left out, and the run says so, where Java 17 or Maven are missing.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cassandra_fixture import shared
from tests.cassandra_node import CannotRun
from tests.process import GOLDEN, server

KNOWN = {
    ("anonymous_visitor", 38),
    ("anonymous_visitor", 39),
    ("stress_commands", 10),
    ("submission_without_remotes", 7),
    ("submission_without_remotes", 8),
    ("issues_with_remotes_off", 6),
}
"""The bytes of two images: the reference's own logo and portrait, which we have redrawn. Two load commands of one millisecond, of which the
reference loses one. Issues of owners with a dash and of repositories with a dot, which the reference takes for no addresses of GitHub
(docs/compatibility.md)."""

STEP = re.compile(r"^✗ (\S+) step (\d+) ", re.M)
SCENARIO = re.compile(r"^✗ \S+: (\d+)/(\d+) steps$", re.M)
SUMMARY = re.compile(r"^\d+/\d+ scenarios, \d+/\d+ steps equal the recording$", re.M)

LANES = ("flask", "fastapi")
ENGINES = ("sqlite", "cassandra")


@contextmanager
def storage_of(engine: str, folder: Path) -> Iterator[dict[str, str] | None]:
    """Settings of a fresh, empty database; None where the engine cannot be had."""
    if engine == "sqlite":
        yield {"storage": f"sqlite:///{folder}/argus.sqlite"}
        return
    try:
        node = shared()
    except CannotRun as reason:
        print(f"== {engine} is left out: {reason}")
        yield None
        return
    with node.keyspaces() as (main_keyspace, tablets):
        yield {"storage": f"cql://{node.host}:{node.port}/{main_keyspace}", "ARGUS_SCYLLA_TABLETS_KEYSPACE_NAME": tablets}


def only_known(output: str) -> bool:
    """Whether every step equals its recording but for those of `KNOWN`."""
    if not SUMMARY.search(output):
        return False
    different = {(name, int(step)) for name, step in STEP.findall(output)}
    counted = sum(int(total) - int(equal) for equal, total in SCENARIO.findall(output))
    return different <= KNOWN and counted == len(different)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lane", choices=LANES, action="append")
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("scenarios", nargs="*", default=[])
    args = parser.parse_args()
    failed: list[str] = []
    for engine in args.engine or ENGINES:
        for lane in args.lane or LANES:
            with tempfile.TemporaryDirectory() as name, storage_of(engine, Path(name)) as storage:
                if storage is None:
                    break
                print(f"== {engine}, {lane} lane", flush=True)
                with server(lane, storage.pop("storage"), Path(name), **storage) as url:
                    replay = [sys.executable, str(GOLDEN / "golden.py"), "replay", url, *args.scenarios]
                    done = subprocess.run(replay, check=False, capture_output=True, text=True)
                    print(done.stdout + done.stderr, flush=True)
                    if not only_known(done.stdout):
                        failed.append(f"{engine}/{lane}")
    print(f"differences on: {', '.join(failed)}" if failed else "everything equals the recordings, but for what is known")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
