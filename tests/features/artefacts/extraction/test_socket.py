"""The socket of a job: who may open it, what it tells, how it ends."""

from __future__ import annotations

import pytest

from argus.platform import sockets
from argus.platform.message_hub import publish
from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk
from tests.serving import Server
from tests.sockets import opened

pytestmark = pytest.mark.anyio


async def test_a_job_is_watched_from_its_asking_to_its_end(desk: Desk, extended: Server) -> None:
    document = await desk.upload("a.pdf", making.pdf(("T", making.READS), pages=20))
    job = await desk.job(document["document_id"])
    async with opened(extended.app, f"/ws/jobs/{job['job_id']}", x_workspace_id=desk.workspace) as socket:
        first = await socket.next()
        assert (first["type"], first["topic"]) == ("job.status", f"job:{job['job_id']}")
        assert first["data"]["job_id"] == job["job_id"]
        progress = await socket.until("job.progress")
        assert 0 <= progress["data"]["percent"] <= 100
        assert progress["data"]["message"].startswith("page ")
        last = await socket.until("job.status", status="success")
        assert last["seq"] >= progress["seq"] > 0
        assert last["data"]["metrics"]["tables"] == 20


async def test_who_may_not_see_a_job_opens_no_socket(desk: Desk, extended: Server) -> None:
    job = await desk.read("a.csv", "op,p99\nread,1\n")
    path = f"/ws/jobs/{job['job_id']}"
    space = {"x_workspace_id": desk.workspace}
    cases: list[tuple[int, str, str | None, dict[str, str]]] = [
        (4401, path, None, space),
        (4401, path, None, {"authorization": "token none such"}),
        (4401, path, None, {"x_api_key": "argk_none_such"}),
        (4403, path, "bob", space),
        (4404, "/ws/jobs/01JZ0000000000000000000000", "alice", space),
    ]
    for code, where, actor, headers in cases:
        async with opened(extended.app, where, actor, **headers) as socket:
            assert await socket.next() == {"closed": code}, (code, where, actor)


async def test_a_page_of_another_site_opens_no_socket(desk: Desk, extended: Server) -> None:
    job = await desk.read("a.csv", "op,p99\nread,2\n")
    path, space = f"/ws/jobs/{job['job_id']}", {"x_workspace_id": desk.workspace}
    browser = await extended.browser("alice")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with opened(extended.app, path, None, cookie=cookie, origin="http://argus.test", **space) as socket:
        assert (await socket.next())["type"] == "job.status"
    async with opened(extended.app, path, None, cookie=cookie, origin="http://evil.test", **space) as socket:
        assert await socket.next() == {"closed": 4403}
    await browser.aclose()


async def test_sockets_are_bounded(desk: Desk, extended: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST", 2)
    job = await desk.read("a.csv", "op,p99\nread,3\n")
    path, space = f"/ws/jobs/{job['job_id']}", {"x_workspace_id": desk.workspace}
    async with opened(extended.app, path, **space) as one, opened(extended.app, path, **space) as two:
        assert (await one.next())["type"] == (await two.next())["type"] == "job.status"
        async with opened(extended.app, path, **space) as three:
            assert await three.next() == {"closed": 4429}
        await two.sent.put({"type": "websocket.receive", "text": "x" * 65_537})
        assert await two.next() == {"closed": 1009}
        publish(extended.runtime, f"job:{job['job_id']}", "job.progress", {"percent": 1, "message": "still here"})
        assert (await one.until("job.progress"))["data"]["message"] == "still here"


async def test_a_socket_ends_with_the_right_to_see_its_job(desk: Desk, extended: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "ASKED_EVERY", 0.1)
    job = await desk.read("a.csv", "op,p99\nread,4\n")
    path, space = f"/ws/jobs/{job['job_id']}", {"x_workspace_id": desk.workspace}
    key = await desk.json("POST", "/auth/api-keys", 201, json={"label": "watcher"})
    async with extended.client("bob") as client:
        await desk.join(extended, client, "bob")
        bob_id = (await client.get("/auth/me")).json()["user_id"]
    async with (
        opened(extended.app, path, "bob", **space) as left,
        opened(extended.app, path, None, x_api_key=key["api_key"], **space) as old,
    ):
        assert (await left.next())["type"] == (await old.next())["type"] == "job.status"
        await desk.json("DELETE", f"/workspaces/{desk.workspace}/members/{bob_id}", 204)
        assert await left.next() == {"closed": 4403}
        await desk.json("DELETE", f"/auth/api-keys/{key['api_key_id']}", 204)
        assert await old.next() == {"closed": 4401}
