"""Databases for servers in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cassandra_fixture import cassandra_or_skip
from tests.process import ROOT


@pytest.fixture(params=["sqlite", "cassandra"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database, of each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/argus.sqlite"
        return
    node = cassandra_or_skip()
    with node.keyspaces() as (main, tablets):
        monkeypatch.setenv("ARGUS_SCYLLA_TABLETS_KEYSPACE_NAME", tablets)
        url = f"cql://{node.host}:{node.port}/{main}"
        subprocess.run([sys.executable, "-m", "argus.cli", "--storage", url, "db", "sync"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        yield url
