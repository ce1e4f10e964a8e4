"""Fifty clients at once lose nothing, over HTTP, on either lane. `tests/slow/test_fifty_clients.py` does it with two processes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.features.tracker import fifty
from tests.features.tracker.fifty import Crowd
from tests.serving import Server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def crowd(server: Server) -> AsyncIterator[Crowd]:
    async with server.client("alice") as alice, server.client("bob") as bob, server.client("carol") as carol:
        yield await fifty.crowd(alice, bob, carol)


async def test_one_run_submitted_by_all_is_one(crowd: Crowd) -> None:
    await fifty.one_run_submitted_by_all_is_one(crowd)


async def test_runs_of_one_job_all_stay(crowd: Crowd) -> None:
    await fifty.runs_of_one_job_all_stay(crowd)


async def test_everything_added_to_one_run_stays(crowd: Crowd) -> None:
    await fifty.everything_added_to_one_run_stays(crowd)
