"""A runtime with a catalogue of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from argus.runtime import Runtime
from tests.domain.opened import opened


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found
