"""What gateways share, in the store; and the canary of Argus itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from argus.models.gateway import GatewayJournal, GatewayOverride, GatewayReport
from argus.storage.store import Store
from argus.web.gateway_state import StoredState
from strangler import edit, registry
from strangler.state import Entry, InMemory, Override, SharedState
from tests.serving import ROOT, serving
from tests.storage.engines import ENGINES
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite", pytest.param("acsylla", marks=pytest.mark.cassandra)])
async def state(request: pytest.FixtureRequest) -> AsyncIterator[SharedState]:
    if request.param == "memory":
        yield InMemory()
        return
    store, cleanup = await ENGINES[request.param]([GatewayJournal, GatewayOverride, GatewayReport], [])

    async def opened() -> Store:
        return store

    yield StoredState(opened)
    await cleanup()


OVERRIDE = Override("runs", "flask", 0, "b", "guard", "error rate 5 %")


async def test_the_first_one_places_an_override(state: SharedState) -> None:
    assert await state.place(OVERRIDE)
    late = replace(OVERRIDE, who="console", percent=12.5, owner="fastapi", at=OVERRIDE.at + timedelta(seconds=1))
    assert not await state.place(late)
    assert await state.overrides() == [OVERRIDE]
    assert await state.place(late, OVERRIDE)
    assert await state.overrides() == [late]
    assert not await state.lift(OVERRIDE), "it does not stand any more"
    assert await state.lift(late)
    assert await state.overrides() == []


async def test_of_many_at_once_one_places_an_override(state: SharedState) -> None:
    workers = [replace(OVERRIDE, who=f"worker {number}") for number in range(8)]
    for standing in (None, OVERRIDE):
        if standing is not None:
            await state.place(standing)
        done = await asyncio.gather(*(state.place(each, standing) for each in workers))
        (placed,) = [each for each, won in zip(workers, done, strict=True) if won]
        assert await state.overrides() == [placed]
        assert await state.lift(placed)


async def test_what_a_worker_told_lapses_when_it_tells_no_more(state: SharedState) -> None:
    await state.publish("guard", "a", 1, 1)
    await state.publish("guard", "b", 2, 60)

    async def alone() -> bool:
        return await state.published("guard") == {"b": 2}

    await until(alone)


async def test_workers_tell_each_other(state: SharedState) -> None:
    await state.publish("guard", "a", {"runs": 1}, 60)
    await state.publish("guard", "a", {"runs": 2}, 60)
    await state.publish("guard", "b", [], 60)
    await state.publish("shadow", "b", None, 60)
    assert await state.published("guard") == {"a": {"runs": 2}, "b": []}


async def test_a_change_that_two_workers_saw_stands_once_in_the_journal(state: SharedState) -> None:
    first = Entry("runs", "owner", "flask", "fastapi", "ann", "cli", "tried out", "parity: 0 differences")
    later = Entry("runs: GET /", "canary", "", "percent 10", "", "file", at=first.at + timedelta(seconds=5))
    other = Entry("files", "owner", "flask", "fastapi", "ben", "cli", at=first.at + timedelta(seconds=7))
    assert [await state.write(each) for each in (first, later, replace(first, who="somebody else"), other)] == [True, True, False, True]
    assert await state.journal() == [other, later, first]
    assert await state.journal(2) == [other, later]
    assert await state.journal(10, "runs") == [later, first]


def registry_with_a_canary(folder: Path) -> Path:
    text = edit.set_canary(edit.roll_back((ROOT / "migration_status.yaml").read_text(), "users"), 1, "users")
    written = folder / "registry.yaml"
    written.write_text(text.replace("canary: {percent: 1, sticky: user}", "canary: {percent: 0, header: X-Try, users: [bob]}"))
    return written


async def test_a_canary_of_argus_knows_users_and_administrators(tmp_path: Path) -> None:
    async with serving(tmp_path, REGISTRY=registry_with_a_canary(tmp_path)) as server:
        tokens = {name: server.client(name) for name in ("alice", "bob", "carol")}
        asked = [
            (tokens["bob"], {}, "fastapi"),
            (await server.browser("bob"), {}, "fastapi"),
            (tokens["carol"], {}, "flask"),
            (server.client(None), {}, "flask"),
            (tokens["carol"], {"X-Try": "fastapi"}, "flask"),
            (tokens["alice"], {"X-Try": "fastapi"}, "fastapi"),
            (tokens["alice"], {"X-Try": "flask"}, "flask"),
            (server.client(None, Authorization="token nobody"), {"X-Try": "fastapi"}, "flask"),
        ]
        for client, headers, lane in asked:
            answer = await client.get("/api/v1/users", headers=headers)
            assert answer.headers["x-argus-lane"] == lane, (headers, lane)


async def test_an_edit_by_hand_is_journalled_once_though_two_workers_see_it(tmp_path: Path) -> None:
    source = registry_with_a_canary(tmp_path)
    async with serving(tmp_path, REGISTRY=source) as server:
        before = source.read_text()
        edit.write(source, edit.cut_over(before, "users"))
        state = server.app.control.state
        found = await until(state.journal)
        assert {(each.subject, each.what, each.before, each.after, each.source) for each in found} == {
            ("users", "owner", "flask", "fastapi", "file"),
            ("users", "canary", "header X-Try, users bob", "", "file"),
        }
        server.app.control.files.edited(source, registry.parse(before), registry.read(source))  # as another worker does
        await asyncio.sleep(1.3)
        assert len(await state.journal()) == 2
