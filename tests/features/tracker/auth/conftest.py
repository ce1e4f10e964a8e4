"""Each test begins as if nobody had failed to log in yet; what fails in it holds back no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from argus.auth.brake import Counts
from argus.auth.security_log import Written
from tests.serving import Server


@pytest.fixture(autouse=True)
def nobody_has_failed(server: Server) -> Iterator[None]:
    for kept in (Counts, Written):
        server.runtime._own.pop(kept, None)
    yield
    for kept in (Counts, Written):
        server.runtime._own.pop(kept, None)
