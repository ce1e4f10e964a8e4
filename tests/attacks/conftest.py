"""A server to attack, once a lane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.harness import Target, attacked


@pytest.fixture(params=["flask", "fastapi"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """One worker with everything on one lane."""
    with attacked(request.param, tmp_path) as running:
        yield running
