"""A job is watched by a socket, in the gateway and where the deduper is served alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from argus.features.deduper import announce
from argus.features.deduper.joblog import KEPT, JobLog
from tests.deduper.forms import SHARED, Form, serve
from tests.sockets import opened

pytestmark = pytest.mark.anyio
UNKNOWN = "01JZ0000000000000000000000"


@pytest.fixture(scope="module", params=["gateway-fastapi", "alone-fastapi"])
async def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Form]:
    async with serve(request.param, tmp_path_factory.mktemp(request.param)) as served:
        yield served


def app_of(form: Form) -> Any:
    return cast("httpx.ASGITransport", form.transport()).app


async def begun(form: Form, play: str) -> str:
    async with form.client("alice") as alice:
        answer = await alice.post("/deduper/jobs", json={"reportId": await form.report(play)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["job"]["jobId"])


async def test_a_job_is_watched_to_its_end(form: Form) -> None:
    job_id = await begun(form, "completes 3")
    async with opened(app_of(form), f"/ws/deduper/{job_id}") as socket:
        first = await socket.next()
        assert (first["type"], first["topic"], first["data"]["jobId"]) == ("job.status", f"dedupe_job:{job_id}", job_id)
        seen = [first]
        while seen[-1]["data"].get("status") != "completed":
            seen.append(await socket.next())
            assert "closed" not in seen[-1]
        lines = [line for message in seen if message["type"] == "job.log" for line in message["data"]["lines"]]
        assert lines == ["a line of the log"]
        assert seen[-1]["data"]["result"]["published"] is True


async def test_a_cancelled_job_says_so_at_once(form: Form) -> None:
    job_id = await begun(form, "chatty")
    async with opened(app_of(form), f"/ws/deduper/{job_id}") as socket:
        log = await socket.until("job.log")
        assert set(log["data"]["lines"]) == {"still here"}
        async with form.client("alice") as alice:
            assert (await alice.post(f"/deduper/jobs/{job_id}/cancel")).status_code == 202
        last = await socket.until("job.status", status="cancelled")
        assert last["data"]["completedAt"] is not None


async def test_who_may_not_see_jobs_opens_no_socket(form: Form) -> None:
    job_id = await begun(form, "completes")
    path = f"/ws/deduper/{job_id}"
    cases: list[tuple[int, str, str | None, dict[str, str]]] = [
        (4401, path, None, {}),
        (4401, path, None, {"authorization": "Bearer none such"}),
        (4401, path, None, {"x_api_key": "argk_none_such"}),
        (4404, f"/ws/deduper/{UNKNOWN}", "alice", {}),
        (4404, "/ws/deduper/list", "alice", {}),
    ]
    for code, where, actor, headers in cases:
        async with opened(app_of(form), where, actor, **headers) as socket:
            assert await socket.next() == {"closed": code}, (code, where, actor)
    async with opened(app_of(form), path, None, authorization=f"Bearer {SHARED}") as socket:
        alone = form.name == "alone-fastapi"
        assert await socket.next() == {"closed": 4401} if not alone else (await socket.next())["type"] == "job.status"


async def test_a_program_that_prints_faster_than_anybody_reads_is_told_in_part(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(announce, "publish", lambda runtime, topic, kind, data: told.append((kind, data)))
    announce.printed(cast("Any", None), UNKNOWN, ["x" * 5000] * 1000)
    announce.printed(cast("Any", None), UNKNOWN, [])
    kind, data = told[0]
    assert (len(told), kind, data["left_out"], len(data["lines"])) == (1, "job.log", 950, 50)
    assert {len(line) for line in data["lines"]} == {500}


async def test_each_line_is_told_once(tmp_path: Any) -> None:
    log = JobLog(tmp_path / "job.log")
    log.add("one")
    assert await asyncio.to_thread(log.flush) == ["one"]
    assert await asyncio.to_thread(log.flush) == []
    for number in range(KEPT + 5):
        log.add(str(number))
    assert len(await asyncio.to_thread(log.flush)) == KEPT
