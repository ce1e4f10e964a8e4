"""Ratios of the gateway to what it replaces, from rounds A B A B on one machine.

Both sides give request ids and count metrics, and the gateway shadows one request in ten. Server and load have a core each. Beside each
ratio of rates stands that of requests per second of the server's own processor time, which other work on the machine disturbs less. A goal
is missed when the median of the rounds misses it by both.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

from bench.gateway.apps import LAST, ROUTES, THREADS, gateway
from bench.gateway.load import rate

ROOT = Path(__file__).parents[2]
LOOKUP = 1.10  # what a lookup among 2,000 routes may cost, of one among ten
METRICS = 0.40  # of a trivial route, that metrics and request ids may cost


class Comparison(NamedTuple):
    """`subject` is measured against `yardstick`; the goal is a ratio, None where the number only informs."""

    title: str
    subject: str
    yardstick: str
    goal: float | None
    path: str = LAST
    yardstick_path: str = LAST


COMPARISONS = [
    Comparison("FastAPI lane / FastAPI with that one route", "gateway-fastapi", "fastapi-one", 0.95),
    Comparison("FastAPI lane / plain FastAPI at the last of 263 routes", "gateway-fastapi", "fastapi-last", 4.0),
    Comparison("Flask lane / a2wsgi", "gateway-flask", "a2wsgi", 2.0),
    Comparison("Flask lane / uWSGI, keep-alive, 20 threads", "gateway-flask", "uwsgi", 1.0),
    Comparison("request ids and metrics / without", "fastapi-one", "fastapi-one-bare", 1 / (1 + METRICS)),
    Comparison("Flask lane with a portal call / without", "gateway-flask", "gateway-flask", None, "/portal/x", LAST),
    Comparison("Flask lane with a portal call / uWSGI with one", "gateway-flask", "uwsgi", None, "/portal/x", "/portal/x"),
]


@contextlib.contextmanager
def _serving(name: str, core: int | None) -> Iterator[tuple[int, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    if name == "uwsgi":
        command = [str(Path(sys.executable).parent / "pyuwsgi"), "--http11-socket", f"127.0.0.1:{port}", "--module", "bench.gateway.apps"]
        command += ["--processes", "1", "--threads", str(THREADS), "--enable-threads", "--disable-logging", "--die-on-term"]
        command += ["--virtualenv", sys.prefix, "--need-app", "--listen", "100"]
    else:
        command = [sys.executable, "-m", "uvicorn", "--factory", "bench.gateway.apps:asgi", "--port", str(port), "--http", "httptools"]
        command += ["--loop", "uvloop", "--no-access-log", "--log-level", "warning"]

    def pin() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    environment = {**os.environ, "BENCH_APP": name}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        preexec_fn=pin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if name == "uwsgi" else None,
    )
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError, HTTPException):  # uWSGI listens before it has an application
                connection = HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", LAST)
                if connection.getresponse().status == 200:
                    connection.close()
                    break
            assert process.poll() is None, f"{name} has ended"
            assert time.monotonic() < end, f"{name} does not answer"
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Round(NamedTuple):
    """One measurement: requests per second, and per second of the server's processor time."""

    rate: float
    thrift: float


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _compare(comparison: Comparison, options: argparse.Namespace, server_core: int | None, load_core: int | None) -> bool:
    with contextlib.ExitStack() as stack:
        servers = {
            name: stack.enter_context(_serving(name, server_core)) for name in dict.fromkeys((comparison.subject, comparison.yardstick))
        }

        def measure(name: str, path: str, seconds: float) -> Round:
            port, pid = servers[name]
            before, began = _processor_time(pid), time.perf_counter()
            found = rate(port, path, seconds, load_core, options.own_client)
            elapsed = time.perf_counter() - began
            return Round(found, found * elapsed / max(_processor_time(pid) - before, 0.01))

        subject, yardstick = (comparison.subject, comparison.path), (comparison.yardstick, comparison.yardstick_path)
        for each in (subject, yardstick):
            measure(*each, 1)
        pairs = [(measure(*subject, options.seconds), measure(*yardstick, options.seconds)) for _ in range(options.rounds)]
    low, middle, high = statistics.quantiles([one.rate / other.rate for one, other in pairs], n=4, method="inclusive")
    thrift = statistics.median(one.thrift / other.thrift for one, other in pairs)
    missed = comparison.goal is not None and max(middle, thrift) < comparison.goal
    goal = f"goal {comparison.goal:.2f} {'MISSED' if missed else 'held'}" if comparison.goal is not None else ""
    one, other = (statistics.median(each.rate for each in side) for side in zip(*pairs, strict=True))
    rates = f"{one:6.0f}/s against {other:6.0f}/s"
    print(f"{comparison.title:55} {middle:5.2f}  [{low:.2f} … {high:.2f}]  by processor time {thrift:5.2f}  {rates}  {goal}", flush=True)
    return not missed


def _lookups(rounds: int) -> bool:
    sizes = (10, ROUTES, 2000)
    lookups = {routes: gateway("fastapi", routes).table.lookup for routes in sizes}
    best = dict.fromkeys(sizes, 1.0)
    for _ in range(max(15, rounds)):
        for routes, lookup in lookups.items():
            paths = [f"/api/v1/feature{routes - 1}/{number}/details" for number in range(2_000)]
            began = time.process_time()
            for path in paths:
                lookup("GET", path)
            best[routes] = min(best[routes], (time.process_time() - began) / len(paths))
    ratio = best[sizes[-1]] / best[sizes[0]]
    held = ratio <= LOOKUP
    shown = ", ".join(f"{routes}: {1e6 * seconds:.2f} µs" for routes, seconds in best.items())
    print(f"a lookup among {shown}; {ratio:.2f}  goal {LOOKUP:.2f} {'held' if held else 'MISSED'}", flush=True)
    return held


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3, help="of one measurement")
    parser.add_argument("--only", default="", help="comparisons whose title holds these words")
    parser.add_argument("--own-client", action="store_true", help="do not use wrk")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    server_core, load_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    chosen = [comparison for comparison in COMPARISONS if options.only in comparison.title]
    held = [_lookups(options.rounds)]
    held += [_compare(comparison, options, server_core, load_core) for comparison in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
