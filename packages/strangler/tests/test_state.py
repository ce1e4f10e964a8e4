"""What workers share: the same promises, whatever keeps it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from strangler import workers
from strangler.state import Entry, InMemory, NotShared, Override, SharedState
from strangler.state_sqlite import SqliteState, of_host
from support.server import connect, free_port, until
from support.state_app import opened

pytestmark = pytest.mark.anyio

LIBRARY = Path(__file__).parents[1] / "examples" / "library"
ONE = Override("books", "fastapi", 25.0, "basis", "ann", "why not")


KINDS = ["sqlite", "sqlalchemy", "redis"]
databases = itertools.count()  # of Redis, which has sixteen: one for each test


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--logfile", str(folder / "log")]
    server = subprocess.Popen(command)
    try:
        until(lambda: _listens(port))
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), connect(port):
        return True
    return False


def _place_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> tuple[str, str]:
    """Where the state of a test is kept: the class that opens it, and its argument."""
    if kind == "sqlite":
        return "strangler.state_sqlite:SqliteState", str(folder / "state.sqlite")
    if kind == "redis":
        return "strangler.state_redis:RedisState", f"{request.getfixturevalue('redis_url')}/{next(databases)}"
    return "strangler.state_sqlalchemy:SqlAlchemyState", f"sqlite:///{folder / 'state.db'}"


@pytest.fixture(params=["memory", *KINDS])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> SharedState:
    return InMemory() if request.param == "memory" else opened(*_place_of(request.param, request, tmp_path))


async def test_an_override_takes_the_place_of_the_one_that_was_seen_only(state: SharedState) -> None:
    other = replace(ONE, percent=0.0, who="ben")
    assert await state.place(ONE)
    assert not await state.place(other), "another one stands"
    assert await state.overrides() == [ONE]
    assert await state.place(other, ONE)
    assert not await state.lift(ONE), "it does not stand any more"
    assert await state.lift(other)
    assert await state.overrides() == []


async def test_a_report_holds_until_it_is_old_or_told_anew(state: SharedState) -> None:
    await state.publish("traffic", "one", {"at": 1}, 60)
    await state.publish("traffic", "two", [1, 2], 60)
    await state.publish("guard", "one", True, 60)
    await state.publish("traffic", "one", {"at": 2}, 60)
    await state.publish("traffic", "three", 1, 0)
    assert await state.published("traffic") == {"one": {"at": 2}, "two": [1, 2]}


async def test_the_journal_keeps_each_entry_once_and_the_latest_first(state: SharedState) -> None:
    first = Entry("books", "owner", "flask", "fastapi", "ann", "cli", "why", "evidence")
    second = Entry("loans: GET /loans", "canary", "", "5", "ben", "console", at=first.at.replace(year=first.at.year + 1))
    assert await state.write(first)
    assert not await state.write(first), "another worker saw the same change"
    assert await state.write(second)
    assert await state.journal() == [second, first]
    assert await state.journal(blueprint="books") == [first]
    assert await state.journal(1) == [second]


RACE = """
import asyncio, sys
from strangler.state import Override
from support.state_app import opened
async def race():
    state = opened(sys.argv[1], sys.argv[3])
    won = 0
    for number in range(50):
        mine = Override(f"subject{number}", "flask", 0.0, "b", sys.argv[2], "")
        won += await state.place(mine)
    await state.publish("worker", sys.argv[2], won, 60)
    print(won)
asyncio.run(race())
"""


@pytest.mark.parametrize("kind", KINDS)
async def test_of_four_workers_one_places_an_override(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    name, place = _place_of(kind, request, tmp_path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", RACE, name, f"worker{n}", place, stdout=asyncio.subprocess.PIPE, env=environment
        )
        for n in range(4)
    ]
    won = [int((await each.communicate())[0]) for each in running]
    state = opened(name, place)
    assert sum(won) == 50
    assert len(await state.overrides()) == 50
    assert await state.published("worker") == {f"worker{n}": number for n, number in enumerate(won)}


async def test_memory_decides_nothing_where_several_workers_serve() -> None:
    with pytest.raises(NotShared):
        await InMemory(is_alone=False).place(ONE)


def test_the_default_is_memory_for_one_worker_and_a_file_for_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = tmp_path / "registry.yaml"
    monkeypatch.setattr(workers, "has_siblings", lambda: False)
    assert isinstance(workers.default_state(file), InMemory)
    monkeypatch.setattr(workers, "has_siblings", lambda: True)
    found = workers.default_state(file)
    assert isinstance(found, SqliteState)
    assert found.path == of_host(file).path
    (tmp_path / f"strangler-{os.getuid()}").chmod(0o755)  # where others could lay a file for us
    told = workers.default_state(file)
    assert isinstance(told, InMemory)
    assert not told.is_alone


@contextlib.contextmanager
def _four_workers(folder: Path, kept: tuple[str, str] | None) -> Iterator[str]:
    port = free_port()
    paths = [str(folder / "library"), str(Path(__file__).parent), *sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "LIBRARY_PASSWORD": "secret", "TMPDIR": str(folder)}
    if kept is not None:
        environment |= {"STATE_CLASS": kept[0], "STATE_PLACE": kept[1]}
    app = "library:app" if kept is None else "support.state_app:app"
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--workers", "4", "--log-level", "warning"]
    command += ["--timeout-worker-healthcheck", "60"]  # else uvicorn replaces, again and again, workers that a busy machine keeps waiting
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder / "library", env=environment, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 90
        while True:
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{url}/books/")
                break
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(90)
        finally:  # also of one that did not end, with its workers
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["default", *KINDS])
def test_a_cut_over_in_the_console_is_in_force_in_all_of_four_workers(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    shutil.copytree(LIBRARY, tmp_path / "library", ignore=shutil.ignore_patterns("__pycache__"))
    kept = None if kind == "default" else _place_of(kind, request, tmp_path)
    with _four_workers(tmp_path, kept) as url, httpx.Client(base_url=url, auth=("librarian", "secret")) as client:
        state = client.get("/migration/state").json()["response"]
        seen = next(each["seen"] for each in state["blueprints"] if each["name"] == "books")
        asked = {"blueprint": "books", "seen": seen, "force": True, "why": "a test"}
        answer = client.post("/migration/cutover", content=json.dumps(asked), headers={"Content-Type": "application/json"})
        assert answer.status_code == 200, answer.text
        end = time.monotonic() + 60
        while {httpx.get(f"{url}/books/").headers["x-library-lane"] for _ in range(24)} != {"fastapi"}:
            assert time.monotonic() < end, "some workers did not follow"
