"""A server with the embedded defaults, and what callers do on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.features.artefacts.calling import Desk
from tests.serving import Server, serving


@pytest.fixture(scope="session")
async def extended(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    """FastAPI with the embedded database and queue; every test makes a workspace of its own."""
    free = dict.fromkeys(("RATE_READS", "RATE_WRITES", "RATE_UPLOADS"), "100000/minute")
    async with serving(tmp_path_factory.mktemp("artefacts"), "fastapi", **free) as running:
        yield running


@pytest.fixture
async def desk(extended: Server) -> AsyncIterator[Desk]:
    """Alice in a workspace that she owns."""
    async with extended.client("alice") as client:
        yield await Desk.of(extended, client, "alice")
