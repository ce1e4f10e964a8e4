"""Results of single pytest tests, on both lanes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from argus.features.tracker.pytest.search import LONGEST_AXIS
from tests.serving import Server

pytestmark = pytest.mark.anyio

NOON = 1704110400  # 2024-01-01 12:00 UTC
SEARCH = "/api/v1/views/widgets/pytest/results"


def mark() -> str:
    """A name that no other test uses."""
    return f"test_{uuid4().hex}"


async def submit(client: httpx.AsyncClient, name: str, at: float = NOON, **values: Any) -> httpx.Response:
    body = {"name": name, "timestamp": at, "session_timestamp": NOON, "test_type": "dtest", "run_id": str(uuid4()), "status": "passed"}
    answer = await client.post(
        "/api/v1/client/testrun/pytest/result/submit",
        content=json.dumps({**body, "markers": [], **values}),  # as reporters write it: httpx refuses halves of characters
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    return answer


async def search(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(
        SEARCH, params={key.removesuffix("_") + ("[]" if key.endswith("_") else ""): value for key, value in query.items()}
    )
    assert answer.json()["status"] == "ok", answer.text
    found: dict[str, Any] = answer.json()["response"]
    return found


async def test_a_result_has_the_place_of_its_run(client: httpx.AsyncClient) -> None:
    name, run_id = mark(), str(uuid4())
    run = {"run_id": run_id, "build_id": f"job/{name}", "build_url": None, "started_by": "ci"}
    await client.post("/api/v1/client/testrun/generic/submit", json=run)
    answer = await submit(client, name, NOON + 0.25, run_id=run_id, message=None)
    assert answer.json()["response"] == {"name": name, "id": "2024-01-01T12:00:00.250Z"}
    (result,) = (await client.get(f"/api/v1/run/{run_id}/pytest/results")).json()["response"]
    assert (result["name"], result["message"], result["test_timestamp"]) == (name, None, "2024-01-01T12:00:00.250Z")
    assert (await client.get(f"/api/v1/pytest/{name}/results")).json()["response"] == [result]


async def test_what_a_test_attached_becomes_text(client: httpx.AsyncClient) -> None:
    name = mark()
    given = {"text": "x", "number": 5, "real": 1.5, "truth": True, "none": None, "list": ["a"], "": "nameless", "half": "cut \ud83d"}
    answer = await submit(client, name, user_fields=given)
    assert answer.json()["not_kept"] == [
        "half of a character is replaced in user_fields.half",
        "user_fields: a name of 0 characters is not kept",
    ]
    stored = await client.get(f"/api/v1/views/widgets/pytest/{name}/2024-01-01T12:00:00/fields")
    assert stored.json()["response"] == {
        "text": "x", "number": "5", "real": "1.5", "truth": "True", "none": "None", "list": "['a']", "half": "cut \ufffd"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kept", "lost"),
    [
        ({"user_fields": None}, {}, None),
        ({"user_fields": ["a"]}, {}, ["user_fields is a list, no object"]),
        ({"message": {"a": 1}, "duration": "1.5"}, {"message": "{'a': 1}", "duration": 1.5}, None),
        ({"duration": "soon"}, {"duration": None}, ["duration: 'soon' is no number"]),
        ({"duration": True}, {"duration": None}, ["duration: 'True' is no number"]),
        ({"markers": ["slow", 1, None]}, {"markers": ["slow", "1", "None"]}, None),
        ({"markers": None}, {"markers": []}, None),
        ({"markers": "slow"}, {"markers": ["slow"]}, None),
        ({"markers": 7}, {"markers": []}, ["markers is a int, no list"]),
    ],
)
async def test_a_field_of_another_type_does_not_take_the_result_along(
    client: httpx.AsyncClient, values: dict[str, Any], kept: dict[str, Any], lost: list[str] | None
) -> None:
    name = mark()
    assert (await submit(client, name, **values)).json().get("not_kept") == lost
    (result,) = (await client.get(f"/api/v1/pytest/{name}/results")).json()["response"]
    assert {key: result[key] for key in kept} == kept


@pytest.mark.parametrize("rest", ["tests/a/test_x.py::T::test[a/b-1]", "test_x[http://h/?q=1#f]", "test_ü[100%]", "a/results/b", "t[..]"])
@pytest.mark.parametrize("safe", ["", "/"])
async def test_a_name_with_any_characters_has_a_history(client: httpx.AsyncClient, rest: str, safe: str) -> None:
    name = f"{mark()}/{rest}"
    await submit(client, name, duration=2.0)
    told = quote(name, safe=safe)
    (result,) = (await client.get(f"/api/v1/pytest/{told}/results")).json()["response"]
    assert result["name"] == name
    for path in ("pytest", "client/testrun/pytest"):
        found = (await client.get(f"/api/v1/{path}/{told}/stats/duration/avg")).json()["response"]
        assert found == {name: {"duration": {"avg": 2.0}}}


async def fields_of(client: httpx.AsyncClient, name: str, at: str) -> dict[str, str]:
    return dict((await client.get(f"/api/v1/views/widgets/pytest/{name}/{at}/fields")).json()["response"])


async def test_results_of_one_moment_in_two_runs_are_both_kept_each_with_its_fields(client: httpx.AsyncClient) -> None:
    name, runs = mark(), [str(uuid4()) for _ in range(3)]
    sent = [(runs[0], "passed", {"a": "0"}), (runs[1], "passed", {"b": "1"}), (runs[2], "failure", {"c": "2"})]
    for _ in range(2):  # delivered again, they count once
        answers = [await submit(client, name, run_id=run, status=status, user_fields=fields) for run, status, fields in sent]
    moments = [answer.json()["response"]["id"] for answer in answers]
    assert moments == [f"2024-01-01T12:00:00.00{i}Z" for i in range(3)]
    assert [await fields_of(client, name, moment[:-1]) for moment in moments] == [fields for _, _, fields in sent]
    for run, (_, status, _) in zip(runs, sent, strict=True):
        (result,) = (await client.get(f"/api/v1/run/{run}/pytest/results")).json()["response"]
        assert (result["status"], result["test_timestamp"]) == (status, "2024-01-01T12:00:00.000Z")


async def test_within_one_run_the_later_result_of_a_moment_replaces(client: httpx.AsyncClient) -> None:
    name, run_id = mark(), str(uuid4())
    for duration in (1.5, 2.5):
        await submit(client, name, run_id=run_id, duration=duration)
    (result,) = (await client.get(f"/api/v1/run/{run_id}/pytest/results")).json()["response"]
    assert result["duration"] == 2.5


async def test_the_history_of_a_test_within_bounds(client: httpx.AsyncClient) -> None:
    name = mark()
    for offset in range(4):
        await submit(client, name, NOON + offset, status="odd" if offset == 1 else "passed")
    answer = await client.get(f"/api/v1/pytest/{name}/results", params={"after": NOON + 1, "before": NOON + 2})
    assert [result["id"] for result in answer.json()["response"]] == ["2024-01-01T12:00:01.000Z", "2024-01-01T12:00:02.000Z"]


async def test_statistics(client: httpx.AsyncClient) -> None:
    name = mark()
    for offset, (status, duration) in enumerate([("passed", 1.5), ("failure", 4.5), ("passed", 2.5), ("odd", None)]):
        await submit(client, name, NOON + offset, status=status, duration=duration)

    async def value(field: str, function: str, **query: Any) -> Any:
        paths = (f"/api/v1/client/testrun/pytest/{name}/stats/{field}/{function}", f"/api/v1/pytest/{name}/stats/{field}/{function}")
        one, other = [(await client.get(path, params=query)).json()["response"] for path in paths]
        assert one.get(name) == other.get(name)
        return one[name][field][function] if name in one else (one["exception"], one["arguments"])

    assert await value("duration", "max") == 4.5
    assert await value("duration", "avg", status="passed") == 2.0
    assert await value("status", "count") == 4
    assert await value("status", "count", since=NOON + 1) == 2  # the odd one is unknown
    assert await value("duration", "min", since=NOON + 1, status="passed") == 2.5
    assert await value("colour", "avg") == ("TestRunServiceException", ["Invalid fixed column: colour", "colour"])
    assert await value("duration", "median") == ("KeyError", ["median"])
    assert await value("duration", "avg", since="monday") == ("TestRunServiceException", ["Malformed timestamp value"])
    assert (await value("status", "avg"))[0] == "InvalidRequest"


async def test_a_search_counts_all_and_shows_the_newest(client: httpx.AsyncClient) -> None:
    name = mark()
    for offset in range(5):
        await submit(
            client, f"{name}/file.py::t{offset % 2}", NOON + offset, status=["passed", "failure"][offset % 2], markers=["m"] * (offset % 2)
        )
    found = await search(client, test=name, limit=2)
    assert (found["total"], found["pieChart"]) == (5, {"passed": 3, "failure": 2})
    assert [hit["id"] for hit in found["hits"]] == ["2024-01-01T12:00:04.000Z", "2024-01-01T12:00:03.000Z"]
    assert [(hit["status"], hit["markers"]) for hit in found["hits"]] == [("passed", None), ("failure", ["m"])]
    assert "user_fields" not in found["hits"][0]
    assert (await search(client, test=name, limit=0))["hits"] == []


async def test_filters_of_a_search(client: httpx.AsyncClient) -> None:
    name = mark()
    await submit(
        client, f"{name}_a", NOON, status="failure", markers=["x", "y"], message="Timeout of NODE", user_fields={"arch": "arm", "none": ""}
    )
    await submit(client, f"{name}_b", NOON + 1, status="odd", markers=["x"])
    await submit(client, f"{name}_b", NOON + 2, status="passed", user_fields={"arch": "x86"})

    async def ids(**query: Any) -> list[int]:
        hits = (await search(client, test=name, **query))["hits"]
        return [round(datetime.fromisoformat(hit["id"]).timestamp()) - NOON for hit in hits]

    assert await ids() == [2, 1, 0]
    assert await ids(status_=["failure", "odd"]) == [1, 0]
    assert await ids(markers_=["x", "y"]) == [0]
    assert await ids(query="timeout.*Node") == [0]
    assert await ids(query="_b .*x$") == [1]
    assert await ids(after=NOON + 1) == [2, 1]  # without a status as well
    assert await ids(after=NOON + 1, before=NOON + 1, status_=["odd", "passed"]) == [1]
    assert await ids(filters_=["arch=arm"]) == [0]
    assert await ids(filters_=["!arch=arm"]) == [2, 1]
    assert await ids(filters_=["none="]) == [0]
    assert await ids(filters_=["!!none=x"]) == [2, 1]
    assert (await search(client, test=name, filters_=["arch=arm"]))["hits"][0]["user_fields"] == {"arch": "arm", "none": ""}


@pytest.mark.parametrize(
    ("query", "exception"),
    [({"query": "("}, "error"), ({"limit": "x"}, "ValueError"), ({"limit": ""}, "ValueError"), ({"filters[]": "a"}, "IndexError")],
)
async def test_a_search_that_makes_no_sense(client: httpx.AsyncClient, query: dict[str, str], exception: str) -> None:
    assert (await client.get(SEARCH, params=query)).json()["response"]["exception"] == exception


async def test_nothing_found_is_an_answer(client: httpx.AsyncClient) -> None:
    found = await search(client, test=mark())
    assert (found["total"], found["hits"], found["pieChart"], found["barChart"]["labels"]) == (0, [], {}, [])


async def test_days_of_sessions_are_charted(client: httpx.AsyncClient) -> None:
    name, today = mark(), datetime.now(UTC).replace(hour=0, minute=0, second=1, microsecond=0)
    yesterday = today - timedelta(days=1)
    for offset, (session, status) in enumerate([(NOON, "error"), (NOON - 86400, "passed"), (yesterday.timestamp(), "passed")]):
        await submit(client, name, yesterday.timestamp() + offset, session_timestamp=session, status=status)
    chart = (await search(client, test=name, after=(today - timedelta(days=2)).timestamp()))["barChart"]
    days = [date(2024, 1, 1), date(2023, 12, 31), yesterday.date(), today.date()]  # those off the axis first
    assert chart["labels"] == [day.isoformat() for day in days]
    data = {dataset["label"]: dataset["data"] for dataset in chart["datasets"]}
    assert (data["passed"], data["error"], data["xpass"]) == ([0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0])
    assert [*data][:3] == ["error", "passed", "failure"]


async def test_fields_of_one_result(client: httpx.AsyncClient) -> None:
    name = f"{mark()}/with/slashes.py::t"
    await submit(client, name, NOON + 0.5, user_fields={"a": "b"})
    base = f"/api/v1/views/widgets/pytest/{name}"
    assert (await client.get(f"{base}/2024-01-01T12:00:00.500Z/fields")).json()["response"] == {"a": "b"}
    assert (await client.get(f"{base}/2024-01-01T12:00:00Z/fields")).json()["response"] == {}
    assert (await client.get(f"{base}/yesterday/fields")).json()["response"]["arguments"] == ["Invalid isoformat string: 'yesterday'"]


async def test_the_other_places_of_the_search(client: httpx.AsyncClient) -> None:
    name = mark()
    await submit(client, name)
    for place in (f"release/{uuid4()}", "view/anything"):
        answer = await client.get(f"/api/v1/views/widgets/pytest/{place}/results", params={"test": name})
        assert answer.json()["response"]["total"] == 1
    refused = await client.get("/api/v1/views/widgets/pytest/release/bad/results", params={"limit": "x"})
    assert refused.json()["response"]["arguments"] == ["badly formed hexadecimal UUID string"]
    assert (await client.get("/api/v1/views/widgets/pytest/view")).json()["response"] == 0
    assert (await client.get(f"/api/v1/release/{uuid4()}/pytest/results")).json()["response"] == []


async def test_bounds_of_a_caller_do_not_decide_how_long_the_axis_is(client: httpx.AsyncClient) -> None:
    name = mark()
    await submit(client, name, NOON, session_timestamp=NOON, status="passed")
    chart = (await search(client, test=name, after=0, before=63_000_000_000))["barChart"]
    assert len(chart["labels"]) == 1 + LONGEST_AXIS
    assert chart["labels"][0] == "2024-01-01", "a day with results is shown wherever it is"
    assert chart["labels"][-1] == datetime.now(UTC).date().isoformat()


async def test_fields_of_many_results_come_together(server: Server, client: httpx.AsyncClient) -> None:
    if server.lane != "fastapi":
        pytest.skip("a route of FastAPI alone")
    names = [mark(), mark()]
    for name in names:
        await submit(client, name, user_fields={"arch": name[-4:]})
    results = [{"name": name, "id": "2024-01-01T12:00:00.000Z"} for name in (*names, mark())]
    answer = (await client.post("/api/v1/pytest/fields", json={"results": results})).json()
    assert answer["response"] == [{"arch": names[0][-4:]}, {"arch": names[1][-4:]}, {}]
    for body, exception in [
        ({}, "KeyError"),
        ({"results": [{"name": "x"}]}, "KeyError"),
        ({"results": results * 40}, "DataValidationError"),
        ({"results": ["x"]}, "DataValidationError"),
        ({"results": [{"name": "", "id": "x"}]}, "DataValidationError"),
        ({"results": [{"name": "x", "id": "soon"}]}, "ValueError"),
    ]:
        refused = (await client.post("/api/v1/pytest/fields", json=body)).json()
        assert (refused["status"], refused["response"]["exception"]) == ("error", exception)
