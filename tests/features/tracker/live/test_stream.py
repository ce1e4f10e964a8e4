"""Pages hear of what is written, whichever lane took the write, and of nothing that is not theirs."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from argus.features.tracker.live import service
from argus.kit.errors import TooManyStreams
from argus.live import RESYNC, Change, Message, Subscription, hub_of
from argus.live.hub import ALL
from argus.models.user import User
from tests.domain.opened import opened
from tests.features.tracker.making import Made, answered, make
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio

ALICE, BOB = (User(id=uuid.uuid5(uuid.NAMESPACE_DNS, name), username=name) for name in ("alice", "bob"))


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def until(subscription: Subscription, type: str, **data: Any) -> Message:
    """The first message of a type that says this."""
    async with asyncio.timeout(5):
        async for message in subscription:
            if message.type == type and data.items() <= message.data.items():
                return message
    raise AssertionError("the stream has ended")


async def test_what_a_client_sends_of_a_run_is_told(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    test = await made.new_test("t")
    async with hub_of(server.runtime).subscribe([f"test:{test}", f"release:{made.id}", "runs"]) as lists:
        run = await made.new_run("t")
        told = await until(lists, "run", new=True, run_id=run, test_id=test, release_id=made.id)
        assert told.topic == f"test:{test}"
        async with hub_of(server.runtime).subscribe([f"run:{run}"]) as page:
            generic = f"/api/v1/client/testrun/generic/{run}"
            await answered(client.post(f"{generic}/heartbeat"))
            await answered(client.post(f"{generic}/set_status", json={"new_status": "running"}))
            assert "heartbeat" not in (await until(page, "run")).data["columns"]
            await until(lists, "run", status="running")


async def test_what_people_do_with_a_run_is_told(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    test, run = await made.new_test("t"), await made.new_run("t")
    place = f"/api/v1/test/{test}/run/{run}"
    topics = [f"run:{run}", f"release:{made.id}", f"user:{BOB.id}"]
    async with hub_of(server.runtime).subscribe(topics) as page:
        await answered(client.post(f"{place}/status/set", json={"status": "failed"}))
        await until(page, "run", status="failed", release_id=made.id)
        await until(page, "activity", kind="ARGUS_TEST_RUN_STATUS_CHANGE")
        await answered(client.post(f"{place}/investigation_status/set", json={"investigation_status": "investigated"}))
        await until(page, "run", columns=["investigation_status"])
        await answered(client.post(f"{place}/assignee/set", json={"assignee": str(BOB.id)}))
        assert (await until(page, "notifications")).topic == f"user:{BOB.id}"
        body = {"message": "look", "reactions": {}, "mentions": []}
        [comment] = await answered(client.post(f"{place}/comments/submit", json=body))
        await until(page, "comments", run_id=run)
        await answered(client.post(f"{place}/comment/{comment['id']}/update", json={**body, "message": "again"}))
        await until(page, "activity", kind="ARGUS_TEST_RUN_COMMENT_UPDATED")


async def test_reading_a_notification_is_told_to_its_reader_alone(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    test, run = await made.new_test("t"), await made.new_run("t")
    await answered(client.post(f"/api/v1/test/{test}/run/{run}/assignee/set", json={"assignee": str(BOB.id)}))
    async with server.client("bob") as bob, hub_of(server.runtime).subscribe([f"user:{BOB.id}"]) as his:
        [first, *_] = await answered(bob.get("/api/v1/notifications/summary"))
        await answered(bob.post("/api/v1/notifications/read", json={"id": first["id"]}))
        await until(his, "notifications")


async def test_changes_of_the_catalogue_are_told(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    async with hub_of(server.runtime).subscribe(["catalogue"]) as tree:
        await made.new_test("another")
        await until(tree, "catalogue", release_id=made.id)


async def test_what_the_store_refuses_is_not_told(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    run = str(uuid.uuid4())
    async with hub_of(server.runtime).subscribe([f"run:{run}", "runs"]) as page:
        await client.post(f"/api/v1/client/testrun/generic/{run}/set_status", json={"new_status": "running"})
        hub_of(server.runtime).publish("runs", Change("last"))
        async with asyncio.timeout(5):
            assert (await anext(page)).type == "last"


# ---------------------------------------------------------------------- the stream


@pytest.fixture(scope="module")
async def ours(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("live"), "fastapi") as running:
        yield running


@pytest.fixture
async def alone() -> AsyncIterator[Any]:
    async with opened() as runtime:
        yield runtime


def listen(runtime: Any, *topics: str, user: User = ALICE, since: int | None = None, endings: Any = None) -> AsyncIterator[str]:
    return service.stream(runtime, user, frozenset(topics), since, 0.0, ([] if endings is None else endings).append)


async def test_a_stream_is_messages_and_beats_that_say_how_far_it_is(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BEAT_SECONDS", 0.05)
    stream = listen(alone, "runs")
    assert await anext(stream) == "retry: 500\n\n"
    begun = hub_of(alone).last
    assert await anext(stream) == f"event: beat\nid: {begun}\ndata: {begun}\n\n"
    hub_of(alone).publish("runs", Change("run", {"run_id": "x"}))
    text = await anext(stream)
    assert text.startswith("id: ")
    assert '"type":"run","topic":"runs"' in text
    assert (await anext(stream)).startswith(f"event: beat\nid: {hub_of(alone).last}\n")
    await stream.aclose()  # type: ignore[attr-defined]


async def test_a_stream_ends_after_a_while_and_is_taken_up_where_it_was(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LASTS_SECONDS", 1)
    async with asyncio.timeout(30):
        texts = [text async for text in listen(alone, "runs")]
    assert not hub_of(alone)._all
    seen = service.since_of(None, texts[-1].splitlines()[1].removeprefix("id: "))
    for n in range(3):
        hub_of(alone).publish("runs", Change("run", {"n": n}))
    monkeypatch.setattr(service, "LASTS_SECONDS", 60)
    again, text = listen(alone, "runs", since=seen), ""
    async with asyncio.timeout(30):
        while text.count('"n":') < 3:
            text += await anext(again)
    assert [int(n) for n in re.findall(r'"n":(\d)', text)] == [0, 1, 2]
    await again.aclose()  # type: ignore[attr-defined]


async def test_who_takes_too_little_is_let_go_and_comes_again(alone: Any) -> None:
    stream = listen(alone, "runs")
    for _ in range(2):
        await anext(stream)
    hub_of(alone).publish("runs", Change("run"))
    await anext(stream)
    for n in range(300):
        hub_of(alone).publish("runs", Change("run", {"n": n}))
    while any(not subscription._slow for subscription in hub_of(alone)._all):
        await asyncio.sleep(0.01)
    assert [text async for text in stream] == []


async def test_a_stream_ends_when_the_server_does(alone: Any) -> None:
    endings: list[Any] = []
    stream = listen(alone, "runs", endings=endings)
    for _ in range(2):
        await anext(stream)
    endings[0]()
    assert [text async for text in stream] == []


async def test_a_user_has_twenty_streams_and_places_are_given_back(alone: Any) -> None:
    streams = [listen(alone, "runs") for _ in range(service.STREAMS)]
    for stream in streams:
        await anext(stream)
    with pytest.raises(TooManyStreams):
        await anext(listen(alone, "runs"))
    await anext(listen(alone, "runs", user=BOB))
    await streams[0].aclose()  # type: ignore[attr-defined]
    await anext(listen(alone, "runs"))


def test_the_last_seq_is_the_browser_s_before_the_address_s() -> None:
    assert service.since_of("5", "7") == 7
    assert service.since_of("5", "") == 5
    for text in ("", "-1", "x", "1.5", "9" * 20, "²"):
        assert service.since_of(text, None) is None


@pytest.mark.parametrize(
    ("topics", "status"),
    [
        ("", 400),
        ("run:x", 400),
        ("everything", 400),
        (f"user:{BOB.id}", 400),
        (f"run:{uuid.uuid4()}\nrun:1", 400),
        (",".join(f"run:{uuid.uuid4()}" for _ in range(101)), 400),
    ],
)
async def test_topics_that_nobody_tells_of_are_refused(ours: Server, topics: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LASTS_SECONDS", 0)  # were they not, the answer would go on
    async with ours.client() as client:
        answer = await client.get("/api/v1/live", params={"topics": topics})
    assert answer.status_code == status, answer.text


async def test_nobody_listens_without_a_login_nor_a_tunnel_server(ours: Server) -> None:
    for caller in (ours.client(None), ours.client("tunnel")):
        async with caller:
            assert (await caller.get("/api/v1/live", params={"topics": "runs"})).status_code == 403


def test_own_notifications_are_the_caller_s() -> None:
    assert service.topics_of(ALICE, "user:me,runs") == {f"user:{ALICE.id}", "runs"}


async def test_a_write_that_cannot_be_told_has_everybody_look_again(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from argus.domain import announce
    from argus.models.notification import ArgusNotification

    announce.announce_writes(alone)
    monkeypatch.setattr(announce, "_values", lambda write: 1 / 0)
    async with hub_of(alone).subscribe(["runs"]) as page:
        await alone.store.save(ArgusNotification(receiver=BOB.id))
        async with asyncio.timeout(5):
            message = await anext(page)
        assert (message.type, message.topic) == (RESYNC, ALL)
