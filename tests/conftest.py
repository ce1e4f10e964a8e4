"""Fixtures of every test: the application on each lane, over an embedded database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import cast

import httpx
import pytest
from hypothesis import HealthCheck, settings

from argus.kit import losses
from strangler.registry import Lane
from tests.serving import Server, serving
from tests.watchdog import Watchdog, watching

settings.register_profile("argus", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
settings.load_profile("argus")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", params=["flask", "fastapi"])
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    """The application with everything on one lane; a test that uses it runs once a lane. Tests make releases and runs of their own."""
    lane = cast("Lane", request.param)
    async with serving(tmp_path_factory.mktemp(lane), lane) as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Alice, who is an administrator, by token."""
    async with server.client("alice") as caller:
        yield caller


_watchdog = pytest.fixture(scope="session")(watching)


@pytest.fixture(autouse=True)
def nothing_lost() -> Iterator[None]:
    """What a test could not keep is no part of a later one's answers: tests share a context."""
    yield
    losses.end()


@pytest.fixture(autouse=True)
def unheld_loop(_watchdog: Watchdog) -> Iterator[None]:
    """No test passes during which the application held an event loop (tests/watchdog.py). What a shared fixture did before counts for the
    test that came first."""
    yield
    if stalls := _watchdog.taken():
        pytest.fail("\n".join(stalls), pytrace=False)
