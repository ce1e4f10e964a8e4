"""What this machine has besides the project: a Cassandra for all steps, a browser."""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.advisories import why_no_list
from tests.cassandra_fixture import shared
from tests.cassandra_node import CannotRun
from tests.environments import newer_python

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Machine:
    """One Cassandra node serves every step; it starts beside the first ones, and stops when this process ends."""

    def __init__(self) -> None:
        pool = ThreadPoolExecutor(1)
        self._node = pool.submit(shared)
        pool.shutdown(wait=False)

    def no_cassandra(self) -> str:
        """Why there is no Cassandra here; nothing when there is one. Waits until it is up."""
        reason = self._node.exception()
        if reason is not None and not isinstance(reason, CannotRun):
            raise reason
        return str(reason or "")

    def no_browser(self) -> str:
        """Why there is no browser here; nothing when there is one."""
        return "" if os.environ.get("CHROMIUM") or any(map(shutil.which, BROWSERS)) else "no Chromium on this machine"

    def no_newer_python(self) -> str:
        """Why there is no newer Python here than the one at work; nothing when there is one."""
        return "" if newer_python() else f"no Python here is newer than {sys.version.split()[0]}"

    def no_advisories(self) -> str:
        """Why no list of advisories can be had here; nothing when one can."""
        return why_no_list()

    def environment(self) -> dict[str, str]:
        """Of a step: this process's, and where Cassandra is."""
        if self.no_cassandra():
            return dict(os.environ)
        node = self._node.result()
        return {**os.environ, "ARGUS_TEST_CASSANDRA": f"{node.host}:{node.port}"}
