"""The data set: that of `bench.api`, with accounts and results beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from argus.models.enums import UserRoles
from argus.models.user import User
from argus.storage.store import Store
from bench.api.data import SCT, TOKEN, Size, load, run_id
from bench.cost.routes import result_table

SIZE = Size(releases=10, tests=400, runs=4_000, events=40_000)  # a release has 40 tests, a test ten runs
TOKENS = 64
KEYSPACE = "argus_bench_cost"


def tokens(count: int) -> list[str]:
    """So many different callers; the first is an administrator."""
    return [TOKEN, *(f"{TOKEN}-{number}" for number in range(1, count))]


async def fill(store: Store) -> None:
    """Write all but the results, which come through the API (`report_results`)."""
    await load(store, SIZE)
    for number, token in enumerate(tokens(TOKENS)[1:], 1):
        name = f"caller-{number}"
        await store.save(User(username=name, full_name=name, email=f"{name}@example.com", api_token=token, roles=[UserRoles.User.value]))


async def report_results(port: int) -> None:
    """A table of results of each of the first test's runs."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"token {TOKEN}"}, timeout=30) as client:
        for number in range(0, SIZE.runs, SIZE.tests):
            run = run_id(number)
            answer = await client.post(
                f"/api/v1/client/testrun/{SCT}/{run}/submit_results", json={**result_table(number), "run_id": str(run)}
            )
            if answer.json().get("status") != "ok":
                raise RuntimeError(answer.text)


@contextmanager
def keyspaces(place: str) -> Iterator[str]:
    """Keyspaces on the Cassandra at `place` (host:port), dropped afterwards; gives the store's URL."""
    from cassandra.cluster import Cluster

    host, _, port = place.rpartition(":")
    cluster = Cluster([host], port=int(port), connect_timeout=20)
    session: Any = cluster.connect()
    names = KEYSPACE, f"{KEYSPACE}_tablets"
    try:
        for name in names:
            session.execute(f"DROP KEYSPACE IF EXISTS {name}", timeout=60)
            session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
        yield f"cql://{place}/{KEYSPACE}"
    finally:
        for name in names:
            session.execute(f"DROP KEYSPACE IF EXISTS {name}", timeout=60)
        cluster.shutdown()
