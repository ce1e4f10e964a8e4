"""One deadline a request, on both lanes: a database that does not answer is told in time, and what was told as failed is not there."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest

from argus.kit import deadline
from argus.kit.deadline import Deadline
from argus.web.deadlines import Deadlines
from strangler.registry import Lane
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio

SECONDS = 1.0


@pytest.fixture(params=["flask", "flask in threads", "fastapi"])
async def hurried(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    lane, _, in_threads = request.param.partition(" in ")
    settings = {"REQUEST_DEADLINE": SECONDS, "FLASK_THREADS": 2, "FLASK_ON_LOOP": not in_threads}
    async with serving(tmp_path, cast("Lane", lane), **settings) as server:
        yield server


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    other = sqlite3.connect(folder / "argus.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def a_run() -> dict[str, Any]:
    run_id = str(uuid4())
    return {"build_id": f"job/{run_id}", "build_url": "https://ci/1", "run_id": run_id, "started_by": "somebody", "schema_version": "v8"}


def runs_in(folder: Path) -> int:
    db = sqlite3.connect(folder / "argus.sqlite")
    try:
        return int(db.execute("SELECT count(*) FROM generic_run").fetchone()[0])
    finally:
        db.close()


async def test_a_locked_database_is_told_within_the_deadline_and_nothing_is_written_later(hurried: Server, tmp_path: Path) -> None:
    async with hurried.client() as client:
        with locked(tmp_path):
            began = time.monotonic()
            answers = await asyncio.gather(*(client.post("/api/v1/client/testrun/generic/submit", json=a_run()) for _ in range(6)))
            took = time.monotonic() - began
        for answer in answers:
            assert (answer.status_code, answer.json()["response"]["exception"]) == (504, "DeadlineExceeded")
        assert took < 3 * SECONDS, "those that waited for a thread of the Flask lane hear in time as well"
        assert (await client.post("/api/v1/client/testrun/generic/submit", json=a_run())).json()["status"] == "ok"
    assert runs_in(tmp_path) == 1


async def test_readiness_tells_of_a_lock_and_the_process_lives_on(hurried: Server, tmp_path: Path) -> None:
    async with hurried.client(None) as client:
        with locked(tmp_path):
            asked = await client.get("/readyz")
            assert (asked.status_code, asked.json()) == (503, {"status": "error", "database": "OperationTimedOut"})
            assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200


async def test_readiness_tells_that_the_file_is_gone(hurried: Server, tmp_path: Path) -> None:
    path = tmp_path / "argus.sqlite"
    async with hurried.client(None) as client:
        path.rename(tmp_path / "elsewhere")
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "error", "database": "NoHostAvailable"})
        (tmp_path / "elsewhere").rename(path)
        assert (await client.get("/readyz")).status_code == 200


class App:
    """An ASGI application under a deadline, and the ends of its connection."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.sent: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.run(receive, send)

    async def serve(self, seconds: float, messages: list[tuple[float, dict[str, Any]]]) -> None:
        async def receive() -> dict[str, Any]:
            wait, message = messages.pop(0)
            await asyncio.sleep(wait)
            return message

        async def send(message: Any) -> None:
            self.sent.append(message)

        await Deadlines(self, seconds)({"type": "http"}, receive, send)


async def test_the_clock_stands_still_while_the_body_comes() -> None:
    left: list[float] = []

    async def run(receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        left.append(deadline.left())

    await App(run).serve(60, [(1.0, {"type": "http.request", "more_body": True}), (0.5, {"type": "http.request", "more_body": False})])
    assert 59.4 < left[0] <= 60  # it would be 58.5


async def test_a_body_may_take_longer_than_the_deadline() -> None:
    left: list[float] = []

    async def run(receive: Any, send: Any) -> None:
        await receive()
        left.append(deadline.left())

    await App(run).serve(0.2, [(0.6, {"type": "http.request", "more_body": False})])
    assert 0 < left[0] <= 0.2


async def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async def run(receive: Any, send: Any) -> None:
        await send({"type": "http.response.start"})
        await asyncio.sleep(0.2)
        await send({"type": "http.response.body"})

    app = App(run)
    await app.serve(0.05, [])
    assert [message["type"] for message in app.sent] == ["http.response.start", "http.response.body"]


async def test_who_is_cancelled_by_somebody_else_is_told_so() -> None:
    async def run(receive: Any, send: Any) -> None:
        await asyncio.sleep(10)

    task = asyncio.create_task(App(run).serve(5, []))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_given_more_time_has_it() -> None:
    async def run(receive: Any, send: Any) -> None:
        deadline.allow(5)
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start"})

    app = App(run)
    await app.serve(0.05, [])
    assert len(app.sent) == 1


async def test_work_of_no_request_has_no_deadline() -> None:
    assert not deadline.passed()
    token = deadline.current.set(Deadline(-1))
    assert deadline.passed()
    deadline.current.reset(token)
