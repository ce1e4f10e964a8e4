"""What a worker does once, when it opens what it serves from."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from argus.kit.settings import Settings
from argus.web.worker import NEW_OBJECTS, Worker

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """As Python has it, and afterwards as it was."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


async def test_the_collector_leaves_alone_what_a_few_requests_make_and_what_was_loaded(tmp_path: Path) -> None:
    worker = Worker(Settings(STORAGE=f"sqlite:///{tmp_path}/argus.sqlite", DATA_DIR=tmp_path, SECRET_KEY="of-these-tests-and-long-enough"))
    frozen = gc.get_freeze_count()
    try:
        await worker.open()
        assert gc.get_threshold()[0] == NEW_OBJECTS
        assert gc.get_freeze_count() > frozen
    finally:
        await worker.close()
