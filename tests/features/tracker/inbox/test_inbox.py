"""The inbox with what its entries are about, page by page, and read at once."""

# ruff: noqa: F811 (a fixture of the neighbours)

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest

from argus.features.tracker.notifications import inbox
from argus.models.comment import ArgusTestRunComment
from argus.models.notification import ArgusNotification
from argus.models.user import User
from argus.models.view import ArgusUserView
from tests.features.tracker.making import answered, make, refused
from tests.features.tracker.notifications.test_notifications import API, caller, receiver, told  # noqa: F401 - a fixture
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def entry_about(server: Server, receiver: User, source: str, source_id: UUID) -> None:
    row = ArgusNotification(receiver=receiver.id, sender=receiver.id, title=source, content="c", source_type=source, source_id=source_id)
    await server.store.save(row)
    await asyncio.sleep(0.001)


async def test_an_entry_says_which_run_it_is_about_and_where_to_look(server: Server, client: httpx.AsyncClient, receiver: User) -> None:
    made = await make(client)
    await made.new_test("t")
    run_id = UUID(await made.new_run("t"))
    comment = ArgusTestRunComment(posted_at=1, test_run_id=run_id, message="see this")
    view = ArgusUserView(name="a/b", display_name="A view")
    await server.store.save(comment)
    await server.store.save(view)
    about = {"VIEW_HIGHLIGHT": view.id, "COMMENT": comment.id, "TEST_RUN": run_id}
    for source, source_id in [*about.items(), ("TEST_RUN", uuid4()), ("COMMENT", uuid4())]:
        await entry_about(server, receiver, source, source_id)
    async with caller(server, receiver) as own:
        entries = (await answered(own.get(f"{API}/page")))["entries"]
    place = f"/tests/{entries[2]['run']['plugin']}/{run_id}"
    assert [entry["href"] for entry in entries] == [None, None, place, f"{place}/discuss#comment-{comment.id}", "/view/a%2Fb"]
    assert [entry["run"] and entry["run"]["id"] for entry in entries] == [None, None, str(run_id), str(run_id), None]
    assert {"name", "build_number", "status", "test_id", "plugin", "id"} == set(entries[2]["run"])


async def test_pages_follow_one_another_and_all_are_read_at_once(server: Server, receiver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await told(server, receiver, 7)
    async with caller(server, receiver) as own:
        first = await answered(own.get(f"{API}/page", params={"limit": 3}))
        rest = await answered(own.get(f"{API}/page", params={"limit": 4, "before": first["next"]}))
        assert [entry["id"] for entry in first["entries"] + rest["entries"]] == ids
        assert rest["next"] is None
        assert await answered(own.post(f"{API}/read_all", json={"until": ids[2]})) == 5
        assert await answered(own.get(f"{API}/get_unread")) == 2
        monkeypatch.setattr(inbox, "AT_ONCE", 1)
        assert [await answered(own.post(f"{API}/read_all", json={"until": ids[0]})) for _ in range(3)] == [1, 1, 0]
        assert (await refused(own.get(f"{API}/page", params={"limit": 101})))[0] == "DataValidationError"
