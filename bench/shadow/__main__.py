"""The median latency of a route while a tenth of its requests is played on the other lane, against the same without.

Requests come at half of what one worker can serve, whether or not earlier ones are answered. Shadowing is on and off in turns of
two seconds, so that whatever else the machine does falls on both alike. Nine of ten requests are not played: the median is theirs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from argus.gateway.edit import set_owner
from argus.gateway.registry import LANES
from argus.models.gateway import GatewayReport
from argus.storage.open import open_store
from argus.storage.store import Store
from argus.web.gateway_state import StoredState
from tests.process import GOLDEN, ROOT, environment, free_port, process, wait_for
from tests.serving import ACTORS
from tests.slow.wire import Connection

BLUEPRINT, PATH = "catalogue", "/api/v1/releases"
TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}
PERCENT = 10
ARRIVALS = ("evenly", "by-chance")
TURN, SETTLED = 2.0, 0.3  # seconds of a turn (`bench.shadow.app`), and how many of them belong to the turn before
RELEASES = 100

Took = tuple[float, float]  # when a request was sent, by the clock of both processes, and seconds until it was answered


class Caller:
    """Sends requests over as many connections as it needs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.free: list[Connection] = []
        self.took: list[Took] = []

    async def ask(self) -> None:
        connection = self.free.pop() if self.free else Connection(self.port, TOKEN)
        sent, began = time.time(), time.perf_counter()
        answer = await connection.ask("GET", PATH)
        self.took.append((sent, time.perf_counter() - began))
        assert answer.status == 200, answer
        self.free.append(connection)

    async def at_full_load(self, seconds: float) -> float:
        """Answers a second when eight requests are always under way."""
        began, first = time.perf_counter(), len(self.took)

        async def again() -> None:
            while time.perf_counter() < began + seconds:
                await self.ask()

        await asyncio.gather(*(again() for _ in range(8)))
        return (len(self.took) - first) / (time.perf_counter() - began)

    async def at_rate(self, rate: float, seconds: float, by_chance: bool) -> list[Took]:
        """Requests at `rate` a second, in even steps or by chance."""
        loop, asked = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        self.took = []
        due = began = loop.time()
        while due < began + seconds:
            await asyncio.sleep(max(0.0, due - loop.time()))
            asked.add(task := asyncio.create_task(self.ask()))
            task.add_done_callback(asked.discard)
            due += random.expovariate(rate) if by_chance else 1 / rate
        await asyncio.gather(*asked)
        return self.took


async def measure(port: int, seconds: float, by_chance: bool) -> tuple[list[Took], float]:
    """Requests that were answered, and the rate at which they came."""
    caller = Caller(port)
    for number in range(RELEASES):
        body = json.dumps({"release_name": f"{number}", "pretty_name": f"Release {number}", "perpetual": False})
        await Connection(port, TOKEN, keep_alive=False).ask("POST", "/admin/api/v1/release/create", body.encode())
    await caller.at_full_load(3)  # warm
    rate = await caller.at_full_load(4) / 2
    return await caller.at_rate(rate, seconds, by_chance), rate


async def played(storage: str) -> float:
    """The share of the drawn requests that were played, the others having found no room."""
    await asyncio.sleep(6)  # the worker tells every five seconds
    store = open_store(storage, [GatewayReport], [])
    await store.start()

    async def opened() -> Store:
        return store

    try:
        told = await StoredState(opened).published("shadow")
    finally:
        await store.close()
    records = [record for each in told.values() for record in each]
    compared, dropped = (sum(record[name] for record in records) for name in ("compared", "dropped"))
    return compared / max(compared + dropped, 1)


def tell(lane: str, arrivals: str, took: list[Took], rate: float, share: float) -> None:
    """Print the ratio of the medians, turn by turn."""
    turns: dict[int, tuple[list[float], list[float]]] = {}  # by number: latencies without and with
    for sent, seconds in took:
        if sent % TURN > SETTLED:
            turns.setdefault(int(sent / TURN / 2), ([], []))[int(sent / TURN) % 2].append(seconds)
    whole = [sides for sides in turns.values() if min(map(len, sides)) > rate * TURN / 2]

    def ratios(percentile: int) -> list[float]:
        return [on / off for off, on in ([statistics.quantiles(side, n=100)[percentile - 1] for side in sides] for sides in whole)]

    low, middle, high = statistics.quantiles(ratios(50), n=4)
    base = statistics.median(each for off, _ in whole for each in off) * 1000
    found = f"p50 × {middle:.3f} [{low:.3f} … {high:.3f}]  p90 × {statistics.median(ratios(90)):.2f}"
    print(f"{lane:8}{arrivals:10} {found}  of {base:.2f} ms at {rate:.0f}/s, {share:.0%} played", flush=True)


def run(lane: str, options: argparse.Namespace, folder: Path) -> None:
    """Measure over one server."""
    text = set_owner((ROOT / "migration_status.yaml").read_text(), lane, BLUEPRINT)  # type: ignore[arg-type]
    owner = f"  {BLUEPRINT}:"
    lines = [f"{line}\n    shadow: {{percent: {options.percent}}}" if line.startswith(owner) else line for line in text.splitlines()]
    registry = folder / "migration_status.yaml"
    registry.write_text("\n".join([*lines, ""]))
    storage, port, log = f"sqlite:///{folder}/argus.sqlite", free_port(), folder / "server.log"
    env = environment(folder, storage, free_port()) | {"ARGUS_REGISTRY": str(registry), "ARGUS_JOBS_ENABLED": "false"}
    importing = [sys.executable, "-m", "argus.cli", "users", "import", str(GOLDEN / "actors.yaml")]
    subprocess.run(importing, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = ["uvicorn", "bench.shadow.app:app", "--port", str(port), "--no-access-log", "--timeout-keep-alive", "75", "--loop", "uvloop"]
    with process(sys.executable, "-m", *server, env=env, log=log) as running:
        wait_for(f"http://127.0.0.1:{port}/readyz", running, log)
        for arrivals in options.arrivals or ARRIVALS:
            took, rate = uvloop.run(measure(port, options.seconds, arrivals == "by-chance"))
            tell(lane, arrivals, took, rate, uvloop.run(played(storage)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.shadow", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="of one measurement")
    parser.add_argument("--percent", type=float, default=PERCENT)
    parser.add_argument("--lane", action="append", choices=LANES, help="the owner; both when not given")
    parser.add_argument("--arrivals", action="append", choices=ARRIVALS, help="both when not given")
    options = parser.parse_args()
    for lane in options.lane or LANES:
        folder = Path(tempfile.mkdtemp())
        try:
            run(lane, options, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
