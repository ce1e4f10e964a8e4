"""Jobs from their asking to their end: tables, exports, timelines, publication."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk, told
from tests.features.tracker import making as tracker
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_the_whole_way_of_a_document(desk: Desk, extended: Server) -> None:
    """Upload, job, tables, CSV, its own timeline, results of a run; and a listener of the hub saw every event."""
    made = await tracker.make(desk.client)
    test_id = await made.new_test("artefacts")
    run_id = await made.new_run("artefacts")
    seen: list[tuple[str, str]] = []
    async with listening(extended, seen):
        document = await desk.upload("latency.pdf", run_id=run_id)
        job = await desk.ended((await desk.job(document["document_id"]))["job_id"])
        assert job["status"] == "success", job
        assert (job["metrics"]["tables"], job["metrics"]["rows"], job["attempt"]) == (2, 5, 1)
        assert job["duration_ms"] >= 0
        tables = await desk.tables(job["job_id"])
        assert [table["title"] for table in tables] == ["Write latencies", "Read latencies"]
        for table, expected in zip(tables, (making.WRITES, making.READS), strict=True):
            assert [column["name"] for column in table["columns"]] == expected[0]
            assert await desk.rows(table) == [list(row) for row in expected[1:]]
            await csv_equals(desk, table, expected)
        publication = {"run_id": run_id, "row_column": "op", "name": "writes"}
        answer = await desk.json("POST", f"{path_of(tables[0])}/publish", json=publication)
        assert answer == {"status": "ok", "message": "Results submitted"}
        await asyncio.sleep(0.3)
    assert await desk.events(f"/jobs/{job['job_id']}") == [
        "job.created",
        "job.status.running",
        "job.outputs.persisted",
        "job.exports.persisted",
        "job.status.success",
        "table.published",
    ]
    results = (await desk.client.get(f"/api/v1/run/{test_id}/{run_id}/fetch_results")).json()["tables"]
    [shown] = [each["writes"] for each in results if "writes" in each]
    assert {row: {name: cell["value"] for name, cell in cells.items()} for row, cells in shown["table_data"].items()} == {
        row[0]: dict(zip(making.WRITES[0][1:], row[1:], strict=True)) for row in making.WRITES[1:]
    }
    kept = [(event.entity_id, event.event_type) for event in await told(extended, desk.workspace)]
    for entity in {each for each, _ in kept}:
        assert [kind for each, kind in seen if each == entity and kind != "job.progress"] == [kind for each, kind in kept if each == entity]
    assert {"document.uploaded", "job.created", "job.status.success", "table.published"} <= {kind for _, kind in seen}


def path_of(table: Any) -> str:
    return f"/jobs/{table['job_id']}/tables/{table['table_id']}"


async def csv_equals(desk: Desk, table: Any, expected: making.Rows) -> None:
    """The CSV of a table is a document of its own and holds the table, up to the prefix of what looks like a formula."""
    answer = await desk.client.get(table["export"]["download_url"])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["link"] == f'</documents/{table["export"]["document_id"]}>; rel="describedby"'
    back = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert back == [[f"'{cell}" if cell.startswith("=") else cell for cell in row] for row in expected]
    document = await desk.json("GET", f"/documents/{table['export']['document_id']}")
    assert document["produced_by_job_id"] == table["job_id"]
    assert await desk.events(f"/documents/{document['document_id']}") == ["document.produced"]


@asynccontextmanager
async def listening(server: Server, seen: list[tuple[str, str]]) -> AsyncIterator[None]:
    """Write down every event that the hub hands out, as a module of another feature would."""
    from argus.platform.message_hub import HubEvent, MessageHub

    async def note(event: HubEvent) -> None:
        seen.append((event.entity_id, event.type))

    end = server.runtime.own(MessageHub).subscribe("*", note)
    try:
        yield
    finally:
        end()


async def test_statuses_have_one_event_each_and_the_job_is_there_before_its_item(desk: Desk) -> None:
    job = await desk.read("a.csv", "op,p99\nread,1\n")
    events = await desk.json("GET", f"/jobs/{job['job_id']}/events")
    statuses = [event["event_type"] for event in reversed(events["items"]) if event["event_type"].startswith("job.status.")]
    assert statuses == ["job.status.running", "job.status.success"]
    assert len({event["request_id"] for event in events["items"]}) == 1, "the id of the request travels with the work"
    assert (events["entity"]["job_id"], events["entity"]["status"]) == (job["job_id"], "success")


async def test_how_a_document_is_read_is_chosen(desk: Desk) -> None:
    typed = await desk.configuration("report", columns=[{"match": "p99", "name": "P99", "type": "FLOAT", "unit": "ms"}])
    content = "op,p99\nread,4.2 ms\nwrite,soon\n"
    document = await desk.upload("a.csv", content, document_type="report")
    by_type = await desk.ended((await desk.job(document["document_id"]))["job_id"])
    assert by_type["configuration_id"] == typed["configuration_id"]
    [table] = await desk.tables(by_type["job_id"])
    assert (table["columns"][1]["name"], table["columns"][1]["type"]) == ("P99", "FLOAT")
    assert table["metadata"]["issue_count"] == 1
    page = await desk.json("GET", f"{path_of(table)}/rows")
    assert [item["values"] for item in page["items"]] == [["read", 4.2], ["write", None]]
    other = await desk.upload("b.csv", content + "x,1\n")
    as_it_is = await desk.ended((await desk.job(other["document_id"]))["job_id"])
    [table] = await desk.tables(as_it_is["job_id"])
    assert {column["type"] for column in table["columns"]} == {"TEXT"}
    missing = {"document_id": other["document_id"], "document_type": "none such"}
    assert await desk.refused(404, "POST", "/jobs", json=missing) == "configuration_not_found"
    both = {**missing, "configuration_id": typed["configuration_id"]}
    assert await desk.refused(422, "POST", "/jobs", json=both) == "validation_error"
    assert await desk.refused(404, "POST", "/jobs", json={"document_id": "x"}) == "document_not_found"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF-1.7 and nothing more", "unreadable"),
        ("a.pdf", making.pdf(("T", making.READS), password="secret"), "encrypted"),
        ("a.csv", "a,b\n1," + "x" * 40_000, "limit_exceeded"),
        ("a.png", making.png(), "no_processor"),
    ],
)
async def test_a_document_that_cannot_be_read_fails_once_and_says_why(desk: Desk, name: str, content: bytes | str, code: str) -> None:
    job = await desk.read(name, content)
    assert (job["status"], job["error"]["code"], job["attempt"]) == ("failed", code, 1)
    assert job["error"]["message"]
    assert await desk.tables(job["job_id"]) == []
    assert (await desk.json("GET", f"/documents/{job['document_id']}/tables"))["items"] == []
    assert await desk.events(f"/jobs/{job['job_id']}") == ["job.created", "job.status.running", "job.status.failed"]
    again = await desk.json("POST", f"/jobs/{job['job_id']}/retry", 201)
    assert again["retry_of"] == job["job_id"]
    assert (await desk.ended(again["job_id"]))["status"] == "failed"


async def test_tables_are_not_shown_before_the_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not while the job waits, nor once everything is read and written and only the end is missing; its document stays so long."""
    from argus.features.artefacts.extraction import handlers

    everything_is_read, let_go = asyncio.Event(), asyncio.Event()
    finish = handlers._finish

    async def held(*arguments: Any) -> None:
        everything_is_read.set()
        await let_go.wait()
        await finish(*arguments)

    monkeypatch.setattr(handlers, "_finish", held)
    document = await desk.upload("a.pdf", making.pdf(("T", making.READS), pages=60))
    try:
        job = await desk.job(document["document_id"])
        assert job["status"] == "pending"
        await nothing_is_shown(desk, job)
        await asyncio.wait_for(everything_is_read.wait(), 60)
        assert (await nothing_is_shown(desk, job)) == "running"
    finally:
        let_go.set()
    assert (await desk.ended(job["job_id"]))["status"] == "success"
    assert len(await desk.tables(job["job_id"])) == 50
    page = await desk.json("GET", f"/jobs/{job['job_id']}/tables", params={"limit": 200})
    assert len(page["items"]) == 60
    await desk.json("DELETE", f"/documents/{document['document_id']}", 204)


async def nothing_is_shown(desk: Desk, job: Any) -> str:
    """Neither the job nor its document shows a table, and the document cannot be deleted. Returns the job's status."""
    body = await desk.json("GET", f"/jobs/{job['job_id']}/tables", 409)
    assert body["code"] == "job_not_finished"
    assert body["status"] in ("pending", "running")
    assert (await desk.json("GET", f"/documents/{job['document_id']}/tables"))["items"] == []
    assert await desk.refused(409, "DELETE", f"/documents/{job['document_id']}") == "document_in_use"
    return str(body["status"])


async def test_a_job_is_cancelled_while_it_waits_or_runs(desk: Desk) -> None:
    document = await desk.upload("long.pdf", making.pdf(("T", making.READS), ("U", making.WRITES), pages=150))
    job = await desk.job(document["document_id"])
    await desk.json("POST", f"/jobs/{job['job_id']}/cancel")
    ended = await desk.ended(job["job_id"], 20)
    assert ended["status"] == "cancelled"
    events = await desk.events(f"/jobs/{job['job_id']}")
    assert events[-1] == "job.status.cancelled"
    assert events.count("job.status.cancelled") == 1
    assert await desk.refused(409, "POST", f"/jobs/{job['job_id']}/cancel") == "job_finished"
    await desk.json("DELETE", f"/documents/{document['document_id']}", 204)
    assert await desk.refused(409, "POST", f"/jobs/{job['job_id']}/retry") == "document_deleted"


async def test_what_cannot_be_a_result_is_named_and_nothing_is_submitted(desk: Desk) -> None:
    made = await tracker.make(desk.client)
    test_id = await made.new_test("rejected")
    run_id = await made.new_run("rejected")
    typed = await desk.configuration("t", columns=[{"match": "p99", "type": "FLOAT"}])
    job = await desk.read("a.csv", "op,p99\nread,4.2\nwrite,soon\nread,1\n,2\nü,3\n", configuration_id=typed["configuration_id"])
    [table] = await desk.tables(job["job_id"])
    body = await desk.json("POST", f"{path_of(table)}/publish", 422, json={"run_id": run_id})
    assert body["code"] == "cells_rejected"
    assert [error["loc"][1:] for error in body["errors"]] == [["write", "p99"], ["read", "op"], ["", "op"], ["ü", "op"]]
    shown = (await desk.client.get(f"/api/v1/run/{test_id}/{run_id}/fetch_results")).json()["tables"]
    assert shown == []
    for status, code, sent in (
        (404, "run_not_found", {"run_id": "c396f918-590b-4c87-8f73-cf64067b4d0a"}),
        (404, "run_not_found", {"run_id": "x"}),
        (422, "unknown_column", {"run_id": run_id, "row_column": "none"}),
        (422, "validation_error", {"run_id": run_id, "sut_timestamp": -1}),
    ):
        assert await desk.refused(status, "POST", f"{path_of(table)}/publish", json=sent) == code


async def test_publishing_twice_does_it_once(desk: Desk) -> None:
    made = await tracker.make(desk.client)
    await made.new_test("twice")
    run_id = await made.new_run("twice")
    job = await desk.read("a.csv", "op,p99\nread,4.2\n")
    [table] = await desk.tables(job["job_id"])
    body = {"run_id": run_id, "name": "latencies"}
    for _ in range(3):
        await desk.json("POST", f"{path_of(table)}/publish", json=body)
    assert (await desk.events(f"/jobs/{job['job_id']}")).count("table.published") == 1
    [shown] = await desk.tables(job["job_id"])
    assert [(place["run_id"], place["name"]) for place in shown["published"]] == [(run_id, "latencies")]


async def test_an_export_that_fails_does_not_fail_the_job_and_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from argus.features.artefacts.extraction import outputs

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(outputs, "file_store", full)
        job = await desk.read("a.csv", "op,p99\nread,4.2\n")
    assert job["status"] == "success"
    assert [(export["document_id"], bool(export["error"])) for export in job["exports"]] == [(None, True)]
    [table] = await desk.tables(job["job_id"])
    assert table["export"] is None
    assert await desk.refused(404, "GET", f"{path_of(table)}/export") == "export_not_found"
    again = await desk.ended((await desk.json("POST", f"/jobs/{job['job_id']}/retry", 201))["job_id"])
    assert again["exports"][0]["document_id"]
    assert await desk.refused(409, "POST", f"/jobs/{again['job_id']}/retry") == "job_succeeded"


async def test_jobs_of_another_workspace_are_not_there(desk: Desk, extended: Server) -> None:
    job = await desk.read("a.csv", "op,p99\nread,4.2\n")
    [table] = await desk.tables(job["job_id"])
    async with extended.client("bob") as client:
        other = await Desk.of(extended, client, "bob")
        for method, path in (("GET", ""), ("GET", "/events"), ("GET", "/tables"), ("POST", "/cancel"), ("POST", "/retry")):
            assert await other.refused(404, method, f"/jobs/{job['job_id']}{path}") == "job_not_found"
        for method, path in (("GET", ""), ("GET", "/rows"), ("GET", "/export"), ("POST", "/publish")):
            options = {"json": {"run_id": "x"}} if method == "POST" else {}
            assert await other.refused(404, method, f"{path_of(table)}{path}", **options) == "job_not_found"


async def test_pages_of_long_rows_are_short(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from argus.features.artefacts.extraction import reading

    job = await desk.read("a.csv", "a,b\n" + "".join(f"{n},{'x' * 1000}\n" for n in range(300)))
    [table] = await desk.tables(job["job_id"])
    monkeypatch.setattr(reading, "PAGE_BYTES", 10_000)
    page = await desk.json("GET", f"{path_of(table)}/rows", params={"limit": 200})
    assert len(page["items"]) == 9
    assert len(await desk.rows(table)) == 300
