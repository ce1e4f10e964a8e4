"""Ten minutes of load under canaries of ten percent on two workers: a faulty lane goes back by itself, again and again; a correct one
stays."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from argus.web.gateway_state import StoredState
from strangler.canary import share_of
from strangler.state import Entry
from tests.slow.seeded import serving, store_in
from tests.slow.wire import FAILURES, Connection

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(900)]

SECONDS = 600.0
WINDOW = 60.0
CONNECTIONS = 24
RATE = 60.0  # requests a second of each blueprint
CALLERS = 500
ANEW = 0.05  # share of the requests that are sent over a new connection, so that both workers get some
FAULTS = {"failing": {"errors": 0.05}, "slow": {"slower": 3.0}, "right": {"errors": 0.01}}
BLUEPRINT = """\
  {name}:
    owner: flask
    since: turn {turn}
    canary: {{percent: 10, sticky: user}}
    guard: {{max_error_rate: 0.02, max_latency_ratio: 2, min_requests: 100, window: {window}}}
    routes:
      - {{path: "/task/{name}", methods: [GET]}}
"""


def registry_of(turns: Counter[str]) -> str:
    """Each fault in a blueprint of its own; a new turn of one ends what stands against it."""
    made = "".join(BLUEPRINT.format(name=name, turn=turns[name], window=WINDOW) for name in FAULTS)
    return f"version: 1\nblueprints:\n{made}unlisted: flask\n"


class Load:
    """Callers at a constant rate, and by which lane each worker has answered them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.until = time.monotonic() + SECONDS
        self.failed: list[str] = []
        self.served: Counter[tuple[str, str]] = Counter()
        self.errors: Counter[tuple[str, str]] = Counter()
        self.tried: dict[tuple[str, str], float] = {}
        """When a worker has last answered for a blueprint by the lane that is tried, to a request that it got later than that."""

    def going(self) -> bool:
        return time.monotonic() < self.until

    async def call(self, number: int) -> None:
        draw, connection = random.Random(number), Connection(self.port)
        pause = CONNECTIONS / (RATE * len(FAULTS))
        due = time.monotonic() + draw.random() * pause
        while self.going():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += pause
            if draw.random() < ANEW:
                connection.close()
            name = draw.choice([*FAULTS])
            asked = time.monotonic()
            try:
                answer = await connection.ask("GET", f"/task/{name}", x_user=f"caller {draw.randrange(CALLERS)}")
            except FAILURES as problem:
                self.failed.append(repr(problem))
                continue
            lane, worker = answer.headers["x-argus-lane"], answer.headers["x-worker"]
            self.served[name, lane] += 1
            self.errors[name, lane] += answer.status == 500
            if answer.status not in (200, 500):
                self.failed.append(str(answer.status))
            if lane == "fastapi":
                self.tried[name, worker] = max(asked, self.tried.get((name, worker), 0))


async def told(port: int) -> dict[str, list[str]]:
    """The overrides that each worker follows."""
    found: dict[str, list[str]] = {}
    while len(found) < 2:
        answer = await Connection(port, keep_alive=False).ask("GET", "/told")
        found[answer.headers["x-worker"]] = json.loads(answer.body)["overrides"]
    return found


async def again_and_again(name: str, load: Load, file: Path, turns: Counter[str]) -> list[float]:
    """Try the faulty lane, wait until every worker has gone back, and try anew: how many seconds it took each time."""
    seconds: list[float] = []
    began = time.monotonic()
    while load.going():
        followed = await told(load.port)
        if not all(name in overrides for overrides in followed.values()):
            assert time.monotonic() - began < 2 * WINDOW, f"{name} was not rolled back"
            await asyncio.sleep(0.2)
            continue
        ended = time.monotonic()
        seconds.append(ended - began)
        await asyncio.sleep(5)
        assert all(load.tried.get((name, worker), 0) <= ended for worker in followed), f"{name}: the canary goes on after the rollback"
        turns[name] += 1
        file.write_text(registry_of(turns))
        while any(name in overrides for overrides in (await told(load.port)).values()):
            await asyncio.sleep(0.1)
        began = time.monotonic()
    return seconds


async def journal(folder: Path) -> list[Entry]:
    store = store_in(folder)
    await store.start()

    async def opened():  # type: ignore[no-untyped-def]
        return store

    try:
        return await StoredState(opened).journal(1000)
    finally:
        await store.close()


async def test_the_guard_sends_back_what_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    turns = Counter(dict.fromkeys(FAULTS, 0))
    with serving(tmp_path, registry_of(turns), "--workers", "2") as (port, _):
        wrong = {f"fastapi/{name}": fault for name, fault in FAULTS.items()}
        (tmp_path / "faults.json").write_text(json.dumps(wrong | {"flask/right": FAULTS["right"]}))
        load = Load(port)
        callers = [asyncio.create_task(load.call(number)) for number in range(CONNECTIONS)]
        file = tmp_path / "registry.yaml"
        try:
            failing, slow = await asyncio.gather(*(again_and_again(name, load, file, turns) for name in ("failing", "slow")))
        finally:
            load.until = 0
            await asyncio.gather(*callers)
        left = await told(port)
    entries = [entry for entry in await journal(tmp_path) if entry.source == "guard"]
    print(f"{load.served.total()} requests: {dict(load.served)}, of these errors: {dict(load.errors)}")
    for name, seconds in (("failing", failing), ("slow", slow)):
        print(f"{name}: {len(seconds)} rollbacks, after {' '.join(f'{each:.0f}' for each in sorted(seconds))} s")
        assert len(seconds) >= 5
        assert max(seconds) <= WINDOW
        of_it = [entry for entry in entries if entry.subject == name]
        assert len(of_it) in (len(seconds), len(seconds) + 1), "one entry a rollback, however many workers see it"
        assert all((entry.before, entry.after, entry.who) == ("flask, canary 10 %", "flask", "guard") for entry in of_it)
        assert all(("error rate" if name == "failing" else "latency") in entry.why for entry in of_it)
    assert load.failed == []
    assert not any(entry.subject == "right" for entry in entries), "a correct lane was rolled back"
    assert not any("right" in overrides for overrides in left.values())
    tried = sum(share_of("right", f"caller {n}") < 1000 for n in range(CALLERS)) / CALLERS
    assert load.served["right", "fastapi"] == pytest.approx(
        tried * (load.served["right", "fastapi"] + load.served["right", "flask"]), rel=0.2
    )
