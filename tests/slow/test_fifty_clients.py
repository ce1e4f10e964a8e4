"""Fifty clients at once lose nothing when two processes share a database: one serves from Flask, the other from FastAPI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import httpx
import pytest

from tests.cassandra_fixture import cassandra_or_skip
from tests.features.tracker import fifty
from tests.features.tracker.fifty import Crowd
from tests.process import server
from tests.serving import ACTORS

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("cassandra", marks=pytest.mark.cassandra)])
def urls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The addresses of two servers over one database."""
    folders: list[Path] = [tmp_path_factory.mktemp(lane) for lane in ("flask", "fastapi")]
    with ExitStack() as running:
        settings: dict[str, str] = {}
        if request.param == "sqlite":
            storage = f"sqlite:///{folders[0]}/argus.sqlite"
        else:
            node = cassandra_or_skip()
            main, tablets = running.enter_context(node.keyspaces())
            storage = f"cql://{node.host}:{node.port}/{main}"
            settings["ARGUS_SCYLLA_TABLETS_KEYSPACE_NAME"] = tablets
        settings["ARGUS_SECRET_KEY"] = "a-key-for-tests-only"
        yield [
            running.enter_context(server(lane, storage, folder, **settings))
            for lane, folder in zip(("flask", "fastapi"), folders, strict=True)
        ]


@pytest.fixture
async def crowd(urls: list[str]) -> AsyncIterator[Crowd]:
    people = [{"Authorization": f"token {ACTORS[actor]['token']}"} for actor in ("alice", "bob", "carol")]
    async with AsyncExitStack() as open_clients:
        clients = [httpx.AsyncClient(base_url=url, headers=who, timeout=120) for who in people for url in urls]
        for client in clients:
            await open_clients.enter_async_context(client)
        yield await fifty.crowd(*clients)


async def test_one_run_submitted_by_all_is_one(crowd: Crowd) -> None:
    await fifty.one_run_submitted_by_all_is_one(crowd)


async def test_runs_of_one_job_all_stay(crowd: Crowd) -> None:
    await fifty.runs_of_one_job_all_stay(crowd)


async def test_everything_added_to_one_run_stays(crowd: Crowd) -> None:
    await fifty.everything_added_to_one_run_stays(crowd)
