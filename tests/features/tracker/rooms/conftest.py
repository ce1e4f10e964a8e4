"""The routes of this folder are FastAPI's alone: one lane serves them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.serving import Server, serving


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("ours"), "fastapi") as running:
        yield running
