"""What every test of the deduper shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """A machine that runs many tests at a time may take longer to answer the check of the databases than a server should."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("argus.features.deduper.checks.STORAGE_WITHIN", 30.0)
        yield
