"""Journals of client calls are applied, each record for itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
import zstandard

from argus.features.tracker.replay.hierarchy import ensure, names_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import JOB, catalogue
from tests.features.tracker.replay.journals import (
    FINALIZE,
    HEARTBEAT,
    INGEST,
    LOGS,
    STATUS,
    SUBMIT,
    Application,
    ingest,
    lines,
    record,
    tar,
)
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_templates_are_filled_and_queries_appended(runtime: Runtime) -> None:
    app = Application()
    calls = [
        {
            "endpoint": "/sct/$id/resource/$name/update",
            "location_params": {"id": "1", "name": "a/b c?"},
            "params": {"x": [1, 2]},
            "body": {},
        },
        {"endpoint": "/a/$idle/$id", "location_params": {"id": 7}, "body": None, "method": "get"},
    ]
    summary = await ingest(runtime, app, *calls)
    assert app.calls == [
        ("POST", "/api/v1/client/sct/1/resource/a%2Fb%20c%3F/update?x=1&x=2", {}),
        ("GET", "/api/v1/client/a/$idle/7", None),
    ]
    assert (summary["total"], summary["processed"], summary["succeeded"]) == (2, 2, 2)


async def test_what_a_recorded_client_left_out_is_left_out(runtime: Runtime) -> None:
    app = Application()
    params = {"limit": None, "all": True, "tag": ["a", None], "none": [None]}
    await ingest(runtime, app, {"endpoint": "/a/$id/$no", "location_params": {"id": "x", "no": None}, "params": params, "method": "get"})
    assert app.calls == [("GET", "/api/v1/client/a/x/$no?all=True&tag=a", None)]


async def test_an_odd_record_fails_for_itself(runtime: Runtime) -> None:
    app = Application()
    odd = [
        record("/testrun/$type/submit", 1, {"job_name": ["no", "text"]}, run="a"),
        {**record(FINALIZE, 0, {}, run="b"), "ts": 10**400},
        {**record(LOGS, 0, {}, run="c"), "ts": float("nan")},
    ]
    summary = await ingest(runtime, app, *odd, record(LOGS, 5, run="d"))
    assert (summary["total"], summary["processed"]) == (4, 4)
    assert {path.split("/")[6] for _, path, _ in app.calls} >= {"c", "d"}


async def test_what_would_send_mail_or_start_jobs_is_skipped(runtime: Runtime) -> None:
    app = Application()
    summary = await ingest(runtime, app, record("/testrun//report/email"), record("/planning/plan/trigger"), record(LOGS, run="a"))
    assert (summary["total"], summary["skipped_no_replay"], summary["processed"], len(app.calls)) == (3, 2, 1, 1)


async def test_a_run_ends_when_it_was_recorded(runtime: Runtime) -> None:
    app = Application()
    await ingest(
        runtime,
        app,
        record(FINALIZE, 5000, {"status": "passed"}, run="a"),
        record(FINALIZE, 0, {}, run="b"),
        record(LOGS, 7000, {}, run="b"),
        record(FINALIZE, 5000, {"end_time": 1}, run="c"),
        record(FINALIZE, 5000, None, run="d"),
        record(FINALIZE, 0, {}, run="e"),
    )
    ends = {path.split("/")[6]: body for _, path, body in app.calls if path.endswith("/finalize")}
    assert ends == {"a": {"status": "passed", "end_time": 5.0}, "b": {"end_time": 7.0}, "c": {"end_time": 1}, "d": None, "e": {}}


async def test_outcomes_are_told_one_by_one(runtime: Runtime) -> None:
    def refusal(response: Any, **more: Any) -> tuple[int, bytes]:
        return 200, json.dumps({"status": "error", "response": response, **more}).encode()

    app = Application(
        (201, b"no json"),
        refusal({"exception": "ValueError", "arguments": ["bad 'x'", 1]}),
        refusal({"exception": "DataValidationError", "arguments": []}),
        refusal({}, message="as a whole"),
        refusal("just text"),
        (403, b"x" * 500),
        ConnectionError("gone"),
    )
    summary = await ingest(runtime, app, *(record(LOGS, n, run=f"r{n}") for n in range(7)))
    assert (summary["processed"], summary["succeeded"], summary["failed"]) == (7, 1, 6)
    assert [(error["ts"], error["endpoint"]) for error in summary["errors"]] == [(n, LOGS) for n in range(1, 7)]
    assert [error["error"] for error in summary["errors"]] == [
        "ValueError: [\"bad 'x'\", 1]",
        "DataValidationError",
        "as a whole",
        '{"status": "error", "response": "just text"}',
        "HTTP 403: " + "x" * 400,
        "ConnectionError: gone",
    ]


async def test_a_run_of_a_job_that_nobody_registered_is_refused_with_a_diagnosis(runtime: Runtime) -> None:
    await catalogue(runtime)
    app = Application()
    known, unknown = record(SUBMIT, 1, {"build_id": JOB}), record(SUBMIT, 2, {"job_name": "rel/other/job", "build_id": "x"})
    for dry_run in (True, False):
        summary = await ingest(runtime, app, known, unknown, record(SUBMIT, 3, None), dry_run=dry_run)
        (error,) = summary["errors"]
        assert error["error"].startswith(
            "test entity missing for build_id='rel/other/job': would create release='rel', group='other', test='job'"
        )
        assert "currently missing: group, test. Re-run with --create-missing-tests" in error["error"]
        assert len(app.calls) == (0 if dry_run else 2)


@pytest.mark.parametrize(
    ("build_id", "names"),
    [
        ("", ("untracked", "untracked", "untracked", "untracked")),
        ("job", ("untracked", "untracked", "job", "untracked")),
        ("a/b", ("a", "a-root", "b", "a")),
        ("/a//b/c/d/", ("a", "b-c", "d", "a/b/c")),
    ],
)
def test_a_job_belongs_where_its_path_says(build_id: str, names: tuple[str, ...]) -> None:
    found = names_of(build_id)
    assert (found.release, found.group, found.test, found.group_path) == names


async def test_hierarchies_are_made_once_whoever_asks(runtime: Runtime) -> None:
    bodies = [{"build_id": f"new/folder/job{n % 3}", "job_url": "u"} for n in range(30)]
    await asyncio.gather(*(ensure(runtime, "generic", body) for body in bodies))
    store = runtime.store
    releases, groups, tests = await store.all(select(ArgusRelease)), await store.all(select(ArgusGroup)), await store.all(select(ArgusTest))
    assert [(release.name, release.pretty_name, release.enabled) for release in releases] == [("new", None, True)]
    assert [(group.name, group.build_system_id, group.release_id) for group in groups] == [("folder", "new/folder", releases[0].id)]
    assert sorted(test.name or "" for test in tests) == ["job0", "job1", "job2"]
    assert {(test.plugin_name, test.build_system_url, test.group_id) for test in tests} == {("generic", "u", groups[0].id)}


def listing(keys: list[str], token: str = "") -> bytes:
    contents = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{contents}{more}</ListBucketResult>'.encode()


async def test_logs_that_no_journal_mentions_are_submitted(runtime: Runtime) -> None:
    asked: list[httpx.URL] = []

    def s3(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        if request.url.params["prefix"] == "b/":
            return httpx.Response(403)
        if ".eu-west-1." not in request.url.host:
            return httpx.Response(400, headers={"x-amz-bucket-region": "eu-west-1"})
        if "continuation-token" not in request.url.params:
            return httpx.Response(200, content=listing(["a/1/db.tar.zst", "a/"], "next"))
        return httpx.Response(200, content=listing(["a/2/sct.log.tar.gz", "a/3/plain"]))

    await runtime.http.aclose()
    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(s3))
    runtime.settings.AWS_CLIENT_ID, runtime.settings.AWS_CLIENT_SECRET = "id", "secret"
    runtime.settings.S3_ALLOWED_BUCKETS = ["my-bucket"]
    sent = {"schema_version": "v8", "logs": [{"log_name": "db", "log_link": "https://my-bucket.s3.amazonaws.com/a/1/db.tar.zst"}]}
    app = Application()
    summary = await ingest(runtime, app, record(LOGS, 1, sent, run="a"), record(HEARTBEAT, 2, run="b"), backfill_logs=True)
    url = "https://my-bucket.s3.amazonaws.com/a"
    logs = [{"log_name": "sct.log", "log_link": f"{url}/2/sct.log.tar.gz"}, {"log_name": "plain", "log_link": f"{url}/3/plain"}]
    assert app.calls[-1] == ("POST", "/api/v1/client/testrun/generic/a/logs/submit", {"logs": logs, "schema_version": "v8"})
    assert (summary["total"], summary["processed"], summary["backfilled_logs"]) == (3, 3, 2)
    assert asked[-1].host.startswith(runtime.settings.REPLAY_LOG_BACKFILL_BUCKET)
    assert all("X-Amz-Signature" in url.params for url in asked)


async def test_a_bucket_that_a_journal_names_is_listed_without_our_signature(runtime: Runtime) -> None:
    asked: list[httpx.URL] = []

    def s3(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, content=listing(["a/1/db.tar.zst", "a/2/what?.zip"]))

    await runtime.http.aclose()
    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(s3))
    runtime.settings.AWS_CLIENT_ID, runtime.settings.AWS_CLIENT_SECRET = "id", "secret"
    sent = {"logs": [{"log_name": "db", "log_link": "https://secret.files.s3.amazonaws.com/a/1/db.tar.zst?X-Amz-Signature=old"}]}
    app = Application()
    await ingest(runtime, app, record(LOGS, 1, sent, run="a"), backfill_logs=True)
    assert [(url.host, url.path) for url in asked] == [("s3.us-east-1.amazonaws.com", "/secret.files/")]
    assert not any(name.startswith("X-Amz") for name in asked[0].params)
    link = "https://s3.amazonaws.com/secret.files/a/2/what%3F.zip"
    assert app.calls[-1][2] == {"logs": [{"log_name": "what?", "log_link": link}]}


async def test_a_journal_makes_a_run(client: httpx.AsyncClient) -> None:
    run_id = str(uuid4())
    body = {"run_id": run_id, "build_id": f"r{run_id}/g/t", "build_url": "https://ci/job/t/4/", "started_by": "ci"}
    journal = [
        record(FINALIZE, 1704110500000, {"status": "failed"}, run=run_id),
        record("/$id//config/submit", 3, {"name": "n", "content": "eA=="}, run=run_id),
        record(STATUS, 2, {"new_status": "sideways"}, run=run_id),
        record(SUBMIT, 1, body),
    ]
    archive = zstandard.compress(tar(a_jsonl=lines(*journal)))
    headers = {"content-type": "Application/X-Tar-Zstd; a=b"}
    query = {"create_missing_tests": "YES", "backfill_logs": "false"}
    for _ in range(2):  # again is harmless
        answer = await client.post(INGEST, content=archive, headers=headers, params=query)
        summary = answer.json()["response"]
        assert (summary["total"], summary["succeeded"], summary["failed"]) == (4, 3, 1)
        assert summary["errors"][0]["error"] == "ValueError: [\"'sideways' is not a valid TestStatus\"]"
    stored = (await client.get(f"/api/v1/client/testrun/generic/{run_id}/get")).json()["response"]
    assert (stored["status"], stored["end_time"], stored["build_number"]) == ("failed", "2024-01-01T12:01:40.000Z", 4)
    assert stored["test_id"] is not None


async def test_somebody_in_a_browser_may_replay(server: Server) -> None:
    run_id = str(uuid4())
    body = {"run_id": run_id, "build_id": f"b{run_id}/g/t", "build_url": None, "started_by": "ci"}
    browser = await server.browser("bob")
    archive = tar(a_jsonl=lines(record(SUBMIT, 1, body)))
    answer = await browser.post(INGEST, content=archive, params={"create_missing_tests": "1", "backfill_logs": "0"})
    await browser.aclose()
    assert answer.json()["response"]["errors"] == []


@pytest.mark.parametrize(
    ("content_type", "body", "exception"),
    [("text/plain", b"x", "UnsupportedMediaType"), ("application/zip", b"", "EmptyRequest"), (None, b"x", "ReplayServiceError")],
)
async def test_uploads_that_are_no_archive(client: httpx.AsyncClient, content_type: str | None, body: bytes, exception: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    answer = await client.post(INGEST, content=body, headers=headers)
    assert answer.json()["response"]["exception"] == exception
