"""A PostgreSQL of this machine's own packages, in a temporary folder, for tests; they are skipped where it is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import anyio
import pytest

from tests.process import free_port

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/bin", "/opt/homebrew/bin")


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, of the newest version."""
    found = [path.parent for place in PLACES for path in sorted(Path("/").glob(f"{place[1:]}/initdb"))]
    named = shutil.which("initdb")
    return found[-1] if found else Path(named).parent if named else None


@contextmanager
def postgres() -> Iterator[str]:
    """A server; gives the URL of its database `postgres`. It listens on this host only, and keeps nothing."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="argus-postgres-"))
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "nobody")
        as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    data, port = folder / "data", free_port()
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **as_user}
    command = [programs / "initdb", "-D", data, "-U", "argus", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run(command, check=True, **quiet)  # type: ignore[call-overload]
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c max_connections=60"
    control = [programs / "pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], check=True, **quiet)  # type: ignore[call-overload]
    try:
        yield f"postgresql+asyncpg://argus@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


async def new_database(server: str) -> str:
    """The URL of a fresh, empty database on a server."""
    import asyncpg

    name = f"t{uuid4().hex}"
    connection = await asyncpg.connect(server.replace("+asyncpg", ""))
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return f"{server.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One for all tests of a session."""
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; a test that uses it runs on both engines."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'platform.sqlite'}"
    return anyio.run(new_database, request.getfixturevalue("postgres_server"))
