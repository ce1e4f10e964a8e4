"""The board of a release: columns of its statistics, and rows by their places."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.domain.snapshots import filter_key, invalidate_release
from argus.features.tracker.board import service
from argus.features.tracker.board.columns import board_of, read, trend
from argus.features.tracker.stats.service import statistics
from argus.models.catalogue import ArgusRelease
from argus.models.plan import ArgusReleasePlan
from argus.storage.statements import update
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

BOARD = "/api/v1/release/board"
GROUP = {"id": "g1", "name": "g", "pretty_name": "Group"}


def run(number: int, status: str, minutes: int | None = 10, **values: Any) -> dict[str, Any]:
    end = "1970-01-01T00:00:00.000Z" if minutes is None else f"2026-01-01T00:{minutes:02}:00.000Z"
    times = {"start_time": "2026-01-01T00:00:00.000Z", "end_time": end}
    return {"id": f"r{number}", "build_number": number, "status": status, "assignee": None, "setup": None, **times, **values}


def case(name: str, status: str, *runs: dict[str, Any], **values: Any) -> dict[str, Any]:
    test = {"id": f"id-{name}", "name": name, "pretty_name": None, "plugin_name": "generic", "build_system_id": f"job/{name}"}
    told = {"investigation_status": "not_investigated", "hasBugReport": False, "hasComments": False, "buildNumber": None}
    return {"test": test, "status": status, "start_time": "2026-01-01T00:00:00.000Z", "last_runs": list(runs), **told, **values}


def payload(*tests: dict[str, Any]) -> str:
    group = {"group": GROUP, "total": len(tests), "tests": {test["test"]["id"]: test for test in tests}}
    return json.dumps({"total": len(tests), "failed": 1, "release": {"id": "r"}, "groups": {"g1": group}})


def index_of(*tests: dict[str, Any], planned: dict[str, str] | None = None) -> dict[str, Any]:
    return dict(json.loads(board_of(payload(*tests), planned or {}).index))


def test_a_column_says_of_each_test_what_its_row_shows() -> None:
    told = index_of(
        case("a", "failed", run(7, "passed"), run(7, "failed", 15, assignee="alice", id="x"), run(6, "passed"), hasComments=True),
        case("b", "not_run", hasBugReport=True),
        case("c", "running", run(4, "running", None, setup={"backend": "aws", "db_node": {}})),
        planned={"g1": "bob", "id-a": "carol"},
    )
    assert told["groups"] == [{"id": "g1", "name": "Group", "tests": 3}]
    assert (told["total"], told["failed"], "release" in told) == (3, 1, False)
    tests, names = told["tests"], told["names"]
    assert tests["name"] == ["a", "b", "c"]
    assert [names["statuses"][at] for at in tests["status"]] == ["failed", "not_run", "running"]
    assert tests["started"] == [1767225600, None, 1767225600]
    assert tests["build"] == [7, None, 4]
    assert [names["people"][at] if at >= 0 else None for at in tests["assignee"]] == ["alice", None, None]
    assert [names["people"][at] for at in tests["planned"]] == ["carol", "bob", "bob"]
    assert [names["backends"][at] if at >= 0 else None for at in tests["backend"]] == [None, None, "aws"]
    assert tests["notes"] == [2, 1, 0]
    assert told["open"] == {"count": 1, "tests": ["id-a"]}


def test_what_a_run_took_is_held_against_the_median_of_the_other_ones() -> None:
    tests = index_of(
        case("a", "passed", run(4, "passed", 15), run(3, "passed", 8), run(2, "passed", 12), run(1, "passed", 10)),
        case("b", "passed", run(2, "passed", 15), run(1, "passed", 8)),
        case("c", "running", run(2, "running", None), run(1, "passed", 8)),
    )["tests"]
    assert (tests["took"], tests["off"]) == ([900, 900, None], [50, None, None])


def test_a_trend_lies_between_two_finished_builds() -> None:
    assert trend([run(3, "failed"), run(2, "passed")]) == 1
    assert trend([run(4, "running"), run(3, "passed"), run(2, "aborted")]) == -1
    assert trend([run(3, "passed"), run(3, "failed"), run(2, "passed")]) == 1
    assert trend([run(3, "passed")]) == trend([]) == trend([run(3, "passed"), run(2, "passed")]) == 0


def test_a_row_holds_what_somebody_sees_of_a_test_and_no_more() -> None:
    fat = run(7, "failed", issues=[{"id": "i"}], comments=["…"], setup={"backend": "aws", "db_node": {"image_id": "x"}})
    (row,) = map(json.loads, board_of(payload(case("a", "failed", fat)), {}).rows)
    assert row["test"] == {"id": "id-a", "name": "a", "pretty_name": None, "plugin_name": "generic", "build_system_id": "job/a"}
    assert row["last_runs"][0]["setup"] == {"backend": "aws"}
    assert row["last_runs"][0].keys() == {"id", "build_number", "status", "start_time", "end_time", "assignee", "setup"}


def test_statistics_are_read_as_json_reads_them() -> None:
    odd = {"a": '{"b": [1, {}]}', "groups": {"é": {"tests": {"t": {"x": [{"y": None}]}}, "n": [1, {"deep": {"er": {}}}]}}, "z": -1.5}
    assert read(json.dumps(odd)) == odd
    assert read("{}") == read("[1]") == {}


def test_the_token_changes_with_the_tests_and_not_with_their_runs() -> None:
    one = board_of(payload(case("a", "failed", run(1, "failed"))), {}).token
    assert board_of(payload(case("a", "passed", run(2, "passed"))), {}).token == one
    assert board_of(payload(case("a", "failed"), case("b", "failed")), {}).token != one


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    made = await make(client)
    for name in ("s", "t"):
        await made.new_test(name)
    return made


async def board(made: Made, **query: Any) -> dict[str, Any]:
    return dict(await answered(made.client.get(BOARD, params={"release": made.name, **query})))


async def rows(made: Made, token: str, places: str) -> list[dict[str, Any]]:
    found = await answered(made.client.get(f"{BOARD}/rows", params={"release": made.name, "token": token, "rows": places}))
    return list(found["rows"])


async def test_rows_come_by_their_places(made: Made) -> None:
    run_id = await made.new_run("t")
    told = await board(made)
    at = told["tests"]["name"].index("t")
    found = await rows(made, told["token"], f"{at},{1 - at}")
    assert [row["test"]["name"] for row in found] == ["t", "s"]
    assert ([each["id"] for each in found[0]["last_runs"]], found[1]["last_runs"]) == ([run_id], [])
    whole = (await made.stats())["groups"][made.group]["tests"][found[0]["test"]["id"]]
    assert all(found[0][name] == whole[name] for name in ("status", "start_time", "buildNumber", "hasComments"))


async def test_a_board_is_as_new_as_the_statistics(server: Server, made: Made) -> None:
    assert (await board(made))["not_planned"] == 2
    await made.new_run("t")
    told = await board(made)
    assert (told["running"], told["not_planned"]) == (1, 1)
    assert (await board(made, productVersion="7.0", includeNoVersion=0))["not_planned"] == 2


async def test_statistics_are_taken_apart_once_however_many_ask(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(*args: Any) -> Any:
        calls.append("board")
        return board_of(*args)

    monkeypatch.setattr("argus.features.tracker.board.service.board_of", counted)
    told = await asyncio.gather(*(board(made) for _ in range(5)))
    await rows(made, told[0]["token"], "0")
    assert len(calls) == 1


async def test_what_changed_while_it_was_made_is_not_kept(server: Server, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:

    async def overtaken(*args: Any, **values: Any) -> Any:
        found = await statistics(*args, **values)
        await invalidate_release(server.runtime, UUID(made.id))
        await made.new_run("t")
        await made.stats()
        return found

    monkeypatch.setattr("argus.features.tracker.stats.derived.statistics", overtaken)
    assert (await board(made))["running"] == 0
    monkeypatch.undo()
    assert (await board(made))["running"] == 1


async def test_the_boards_that_nobody_asks_for_go(server: Server, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service._Boards, "most", 2)
    for version in ("1", "2", "1", "3"):
        await board(made, productVersion=version)
    kept = [key for release, key in server.runtime.own(service._Boards).known if release == UUID(made.id)]
    assert kept == [filter_key(version, None, no_version=True, limited=False) for version in ("1", "3")]


async def test_who_is_planned_is_told_by_plans_that_name_somebody(server: Server, made: Made) -> None:
    alice, plan = uuid4(), ArgusReleasePlan(release_id=UUID(made.id), groups=[UUID(made.group)])
    await server.store.save(plan)
    assert (await board(made))["tests"]["planned"] == [-1, -1]
    await server.store.save(plan.model_copy(update={"owner": alice}))
    await invalidate_release(server.runtime, UUID(made.id))
    told = await board(made)
    assert [told["names"]["people"][at] for at in told["tests"]["planned"]] == [str(alice)] * 2


async def test_rows_of_other_tests_are_refused(made: Made) -> None:
    told = await board(made)
    await made.new_test("u")
    request = made.client.get(f"{BOARD}/rows", params={"release": made.name, "token": told["token"], "rows": "0"})
    assert await refused(request) == ("DataValidationError", ["this release has other tests by now: ask for its board again"])


@pytest.mark.parametrize("places", [None, "", "x", "1,", "-1", "0,,1", ",".join("0" * 201), "99999999", "1.5", "²"])
async def test_what_is_no_list_of_places_is_refused(made: Made, places: str | None) -> None:
    told = await board(made)
    query = {"release": made.name, "token": told["token"], **({} if places is None else {"rows": places})}
    exception, said = await refused(made.client.get(f"{BOARD}/rows", params=query))
    assert exception == "DataValidationError"
    assert said[0].startswith("rows must be 1 to 200")


async def test_a_place_that_is_not_there_is_refused(made: Made) -> None:
    told = await board(made)
    request = made.client.get(f"{BOARD}/rows", params={"release": made.name, "token": told["token"], "rows": "0,2"})
    assert await refused(request) == ("DataValidationError", ["there is no such row", "2"])


async def test_a_dormant_release_has_no_board(server: Server, made: Made) -> None:
    await server.store.write(update(ArgusRelease, id=UUID(made.id)).set(dormant=True))
    assert await board(made) == {"dormant": True}
    exception, _ = await refused(made.client.get(f"{BOARD}/rows", params={"release": made.name, "token": "x", "rows": "0"}))
    assert exception == "DataValidationError"


async def test_a_board_names_its_release(client: httpx.AsyncClient) -> None:
    missing = "No ArgusRelease found matching {'name': None}"
    assert await refused(client.get(BOARD)) == ("DocumentNotFound", [missing])
    assert (await refused(client.get(BOARD, params={"release": "nope"})))[0] == "DocumentNotFound"
