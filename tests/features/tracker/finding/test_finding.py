"""One search finds everything that has a name, and runs by number, by the beginning of an id and by facets."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.domain.run_keys import enter_all
from argus.features.tracker.finding import catalogue, runs
from argus.features.tracker.finding.words import Query
from argus.models.run import RunKey
from argus.storage.statements import delete, select
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "FRESH", -1.0)


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def page(made: Made, query: str, **more: Any) -> dict[str, Any]:
    return dict(await answered(made.client.get(f"{API}/search", params={"q": query, **more})))


async def found(made: Made, query: str, **more: Any) -> list[tuple[str, str]]:
    return [(hit["kind"], hit["title"]) for hit in (await page(made, query, **more))["hits"]]


async def test_words_are_found_in_any_order_and_in_what_stands_around(made: Made) -> None:
    await made.new_test("longevity-10gb-3h")
    await made.new_test("gemini-1tb-10h")
    assert await found(made, f"10GB longevity {made.name}") == [("test", "longevity-10gb-3h")]
    assert await found(made, f"{made.name}/g/gemini-1tb-10h") == [("test", "gemini-1tb-10h")]
    assert await found(made, made.name) == [
        ("release", made.name), ("room", f"Room of {made.name}"), ("group", "g"), ("test", "gemini-1tb-10h"), ("test", "longevity-10gb-3h"),
    ]  # fmt: skip
    assert await found(made, f"type:group {made.name}") == [("group", "g")]
    assert await found(made, f"{made.name} nothing-is-called-so") == []


async def test_people_and_views_are_found(made: Made) -> None:
    test = await made.new_test("t")
    view = {"name": f"view-{made.id}", "items": [f"test:{test}"], "settings": "[]", "description": "", "displayName": "Weekly"}
    await answered(made.client.post(f"{API}/views/create", json=view))
    assert await found(made, f"weekly view-{made.id}") == [("view", "Weekly")]
    assert ("person", "bob") in [(kind, title.lower()[:3]) for kind, title in await found(made, "type:person bob")]


async def test_a_build_is_found_by_its_number_and_a_run_by_the_beginning_of_its_id(made: Made) -> None:
    await made.new_test("longevity")
    await made.new_test("gemini")
    number = uuid4().int % 10**8
    run, other = await made.new_run("longevity", number), await made.new_run("gemini", number)
    assert {hit["id"] for hit in (await page(made, f"#{number}"))["hits"]} == {run, other}
    assert [hit["id"] for hit in (await page(made, f"#{number} {made.name} gemini"))["hits"]] == [other]
    for begin in (run[:13], run[:13].replace("-", "").upper(), run):
        hits = [hit for hit in (await page(made, begin))["hits"] if hit["kind"] == "run"]
        assert [hit["id"] for hit in hits] == [run]
    assert hits[0]["address"] == f"/tests/generic/{run}"
    assert hits[0]["title"] == f"longevity #{number}"


async def test_facets_choose_among_the_newest_runs_of_the_tests_that_the_words_name(made: Made) -> None:
    test = await made.new_test("t")
    await made.new_test("u")
    failed, _, elsewhere = await made.new_run("t", 1), await made.new_run("t", 2), await made.new_run("u", 3)
    path = f"{API}/test/{test}/run/{failed}"
    await answered(made.client.post(f"{path}/status/set", json={"status": "failed"}))
    me = next(u["id"] for u in (await answered(made.client.get(f"{API}/users"))).values() if u["username"] == "alice")
    await answered(made.client.post(f"{path}/assignee/set", json={"assignee": me}))

    async def ids(query: str) -> set[str]:
        return {hit["id"] for hit in (await page(made, f"{made.name} {query}"))["hits"]}

    assert await ids("status:failed") == await ids("assignee:me") == await ids("assignee:Alice status:failed since:1h") == {failed}
    assert await ids("status:running u") == {elsewhere}
    assert await ids("since:2999-01-01") == await ids("assignee:nobody-is-called-so") == await ids("version:1.2") == set()


async def test_pages_follow_one_another_and_lose_nothing(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(7):
        await made.new_test(f"test-{n}")
        await made.new_run(f"test-{n}", n)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        answer = await page(made, f"type:test {made.name}", limit=3, after=after)
        assert len(answer["hits"]) <= 3
        seen += [hit["title"] for hit in answer["hits"]]
        after = answer["next"]
    assert seen == [f"test-{n}" for n in range(7)]
    monkeypatch.setattr(runs, "TESTS_AT_ONCE", 3)
    first = await page(made, f"{made.name} since:1d")
    assert (len(first["hits"]), first["next"]) == (3, "3")


async def test_runs_from_before_the_search_are_entered(server: Server, made: Made) -> None:
    await made.new_test("t")
    run = await made.new_run("t", 1)
    key = f"id:{UUID(run).hex[:4]}"
    await server.store.write(delete(RunKey).where(key=key))
    assert await found(made, run) == []
    assert await enter_all(server.runtime) >= 1
    assert UUID(run) in {row.id for row in await server.store.all(select(RunKey).where(key=key))}
    assert [hit["id"] for hit in (await page(made, run))["hits"]] == [run]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "since:soon"},
        {"q": "x " * 13},
        {"q": "x", "limit": "101"},
        {"q": "x", "limit": "0"},
        {"q": "x", "after": "10001"},
        {"q": "type:dog x"},
    ],
)
async def test_what_makes_no_sense_is_refused(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await refused(client.get(f"{API}/search", params=query)))[0] == "DataValidationError"


async def test_nothing_typed_finds_nothing_and_nobody_else_may_ask(server: Server, client: httpx.AsyncClient) -> None:
    assert await answered(client.get(f"{API}/search")) == {"hits": [], "next": None}
    async with server.client(None) as nobody:
        assert (await nobody.get(f"{API}/search", params={"q": "x"})).status_code == 403


def test_a_query_is_taken_apart() -> None:
    query = Query.of('Gemini  #193 "10 gb" status:FAILED assignee:"Bob" version:2025.4 type:run')
    assert (query.words, query.number, query.status, query.assignee, query.version, query.kind) == (
        ("gemini", "10 gb"), 193, "failed", "bob", "2025.4", "run",
    )  # fmt: skip
    assert [Query.of(text).id_digits for text in ("1307", "130", "1307003e-9c", "cafe babe", "xyzw")] == [
        "1307",
        None,
        "1307003e9c",
        None,
        None,
    ]
    assert Query.of("x" * 10_000).words == ("x" * 400,)
