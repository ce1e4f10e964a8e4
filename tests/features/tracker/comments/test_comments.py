"""Comments on a run under many hands, and whom they name."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def place(client: httpx.AsyncClient, made: Made) -> tuple[str, str]:
    """A test and a run of it."""
    test = await made.new_test("t")
    return test, await made.new_run("t")


def comment(message: str, *mentions: str) -> dict[str, Any]:
    return {"message": message, "reactions": {}, "mentions": list(mentions)}


async def test_fifty_comments_beside_status_and_heartbeat_all_stay(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    test, run = await place(client, made)
    callers = [client, server.client("bob"), server.client("carol")]
    submit, generic = f"/api/v1/test/{test}/run/{run}", f"/api/v1/client/testrun/generic/{run}"
    calls = [callers[n % 3].post(f"{submit}/comments/submit", json=comment(f"number {n}")) for n in range(50)]
    calls += [client.post(f"{generic}/heartbeat") for _ in range(10)]
    calls += [client.post(f"{submit}/status/set", json={"status": "failed"})]
    calls += [client.post(f"{submit}/investigation_status/set", json={"investigation_status": "investigated"})]
    assert {answer.json()["status"] for answer in await asyncio.gather(*calls)} == {"ok"}
    stored = await answered(client.get(f"/api/v1/run/{run}/comments"))
    assert {each["message"] for each in stored} == {f"number {n}" for n in range(50)}
    after = await answered(client.get(f"/api/v1/run/generic/{run}"))
    assert (after["status"], after["investigation_status"]) == ("failed", "investigated")
    for caller in callers[1:]:
        await caller.aclose()


async def test_mentions_are_ids_united_with_the_names_in_the_text(client: httpx.AsyncClient, made: Made) -> None:
    test, run = await place(client, made)
    people = {user["username"]: user["id"] for user in (await answered(client.get("/api/v1/users"))).values()}
    submit = f"/api/v1/test/{test}/run/{run}/comments/submit"
    stored = await answered(client.post(submit, json=comment("look, @carol", people["bob"])))
    assert set(stored[0]["mentions"]) == {people["bob"], people["carol"]}
    stored = await answered(client.post(submit, json=comment("who has left", str(uuid4()), people["bob"])))
    assert stored[-1]["mentions"] == [people["bob"]]
    assert len(await answered(client.get(f"/api/v1/run/{run}/comments"))) == 2


async def test_comments_of_one_second_come_in_the_order_in_which_they_were_posted(client: httpx.AsyncClient, made: Made) -> None:
    test, run = await place(client, made)
    for number in range(12):
        await answered(client.post(f"/api/v1/test/{test}/run/{run}/comments/submit", json=comment(f"{number}")))
    assert [each["message"] for each in await answered(client.get(f"/api/v1/run/{run}/comments"))] == [f"{n}" for n in range(12)]
    told = (await answered(client.get(f"/api/v1/client/testrun/{run}/info")))["comments"]
    assert [each["message"] for each in told] == [f"{n}" for n in range(12)]


async def test_a_comment_that_cannot_be_stored_says_why_and_leaves_nothing(client: httpx.AsyncClient, made: Made) -> None:
    test, run = await place(client, made)
    without_type = await made.new_test("untyped", plugin="")
    body = comment("x")
    error, arguments = await refused(client.post(f"/api/v1/test/{without_type}/run/{run}/comments/submit", json=body))
    assert (error, arguments) == ("AttributeError", ["'NoneType' object has no attribute 'model'"])
    error, arguments = await refused(client.post(f"/api/v1/test/{test}/run/{run}/comments/submit", json={**body, "reactions": {"+1": "x"}}))
    assert error == "TypeError"
    assert arguments[0].startswith('Received an argument of invalid type for column "reactions".')
    assert await answered(client.get(f"/api/v1/run/{run}/comments")) == []


async def test_nobody_changes_or_deletes_what_another_wrote(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    test, run = await place(client, made)
    path = f"/api/v1/test/{test}/run/{run}"
    written = (await answered(client.post(f"{path}/comments/submit", json=comment("mine"))))[0]
    async with server.client("bob") as bob:
        refusals = [
            await refused(bob.post(f"{path}/comment/{written['id']}/update", json=comment("his"))),
            await refused(bob.post(f"{path}/comment/{written['id']}/delete", json={})),
        ]
    assert refusals == [("Exception", [f"Unable to {what} other user comments"]) for what in ("edit", "delete")]
    assert [each["message"] for each in await answered(client.get(f"/api/v1/run/{run}/comments"))] == ["mine"]


async def test_a_comment_that_is_deleted_while_it_is_edited_stays_deleted(client: httpx.AsyncClient, made: Made) -> None:
    test, run = await place(client, made)
    path = f"/api/v1/test/{test}/run/{run}"
    for _ in range(20):
        (stored,) = await answered(client.post(f"{path}/comments/submit", json=comment("first")))
        own = f"{path}/comment/{stored['id']}"
        await asyncio.gather(client.post(f"{own}/delete"), client.post(f"{own}/update", json=comment("second")))
        assert await answered(client.get(f"/api/v1/comment/{stored['id']}/get")) is None
