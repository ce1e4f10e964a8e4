"""The session fixture `cassandra`: one node for all tests, started when the first one asks. Import it in a `conftest.py`."""

from __future__ import annotations

import atexit
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Cluster

from tests.cassandra_node import CannotRun, Node


@dataclass(frozen=True)
class Cassandra:
    """A running node, and a session of scylla-driver that stands for "another writer"."""

    host: str
    port: int
    session: Any

    @contextmanager
    def keyspaces(self) -> Iterator[tuple[str, str]]:
        """Two fresh keyspaces, dropped afterwards."""
        names = tuple(f"argus_{uuid.uuid4().hex[:10]}_{role}" for role in ("main", "tablets"))
        for name in names:
            self.session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
        try:
            yield names[0], names[1]
        finally:
            for name in names:
                self.session.execute(f"DROP KEYSPACE {name}", timeout=60)


@cache
def shared() -> Cassandra:
    """The one node of this process: at `ARGUS_TEST_CASSANDRA` (host:port), else started now and stopped at exit.

    Raises:
        CannotRun: there can be none here.
    """
    given = os.environ.get("ARGUS_TEST_CASSANDRA")
    if given:
        host, _, port = given.rpartition(":")
        place = host, int(port)
    else:
        folder = tempfile.TemporaryDirectory(prefix="argus-cassandra-")
        node = Node(Path(folder.name), durable=False)
        atexit.register(folder.cleanup)
        atexit.register(node.stop)
        node.start()
        place = node.host, node.port
    cluster = Cluster([place[0]], port=place[1], connect_timeout=20, control_connection_timeout=20)
    atexit.register(cluster.shutdown)
    return Cassandra(*place, cluster.connect())


def cassandra_or_skip() -> Cassandra:
    try:
        return shared()
    except CannotRun as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def cassandra() -> Cassandra:
    """A node; skips where there can be none."""
    return cassandra_or_skip()
