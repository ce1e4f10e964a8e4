"""Journals of client calls are applied in an order that makes sense, each record for itself."""

from __future__ import annotations

import asyncio
import gzip
import io
import itertools
import json
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import zstandard

from argus.features.tracker.replay import journal, service
from argus.features.tracker.replay.hierarchy import ensure, names_of
from argus.features.tracker.replay.journal import records_of
from argus.features.tracker.replay.order import call_of, in_order
from argus.kit.errors import ReplayServiceError, ServiceBusy
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import select
from strangler.registry import Lane
from tests.domain.opened import JOB, catalogue, opened
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio

INGEST = "/api/v1/client/replay/ingest"
SUBMIT, HEARTBEAT = "/testrun/$type/submit", "/testrun/$type/$id/heartbeat"
STATUS, LOGS, FINALIZE = "/testrun/$type/$id/set_status", "/testrun/$type/$id/logs/submit", "/testrun/$type/$id/finalize"


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


def record(endpoint: str, ts: Any = 0, body: Any = None, run: str | None = None, **values: Any) -> dict[str, Any]:
    location = {"type": "generic", **({"id": run} if run else {})}
    return {"method": "POST", "endpoint": endpoint, "location_params": location, "params": None, "body": body, "ts": ts, **values}


def lines(*records: Any) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in records)


def tar(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_jsonl", ".jsonl"))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def packed_zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


class Application:
    """Notes what is sent to it."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, Any]] = []

    async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        self.calls.append((method, path, None if body is None else json.loads(body)))
        answer = self.answers.pop(0) if self.answers else (200, b'{"status": "ok", "response": true}')
        if isinstance(answer, Exception):
            raise answer
        return answer


async def staying() -> bool:
    return False


async def ingest(runtime: Runtime, app: Application, *records: Any, **flags: bool) -> dict[str, Any]:
    options = service.Options(**{"backfill_logs": False, **flags})
    return await service.ingest(runtime, app, staying, "application/x-tar", tar(a_jsonl=lines(*records)), options)


# -- archives --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pack",
    [
        lambda content: tar(dir__a_jsonl=content, notes_txt=b"no journal"),
        lambda content: gzip.compress(tar(a_jsonl=content)),
        lambda content: zstandard.compress(tar(a_jsonl=content)),
        lambda content: packed_zip("dir/a.jsonl", content),
    ],
    ids=["tar", "tar.gz", "tar.zst", "zip"],
)
def test_every_format_is_told_by_its_bytes(pack: Any) -> None:
    assert list(records_of(pack(lines({"ts": 1}) + b'\n\n{broken\n[1]\n\xff\n{"ts": 2}\n'))) == [{"ts": 1}, {"ts": 2}]


@pytest.mark.parametrize(
    "archive",
    [
        b"plain text",
        b"PK\x03\x04 not really",
        gzip.compress(b"no tar in here"),
        zstandard.compress(b"nor here"),
        gzip.compress(tar(a_jsonl=b'{"ts": 1}\n' * 5000))[:-40],
        zstandard.compress(tar(a_jsonl=bytes(range(32, 127)) * 9000))[:-2000],
    ],
)
def test_what_cannot_be_unpacked_is_refused(archive: bytes) -> None:
    with pytest.raises(ReplayServiceError, match=r"^Failed to decode archive: "):
        list(records_of(archive))


def test_an_archive_that_blows_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_BYTES", 10_000)
    with pytest.raises(ReplayServiceError, match="more than 10000 bytes"):
        list(records_of(packed_zip("a.jsonl", b" " * 10_001)))


# -- order -----------------------------------------------------------------------------------------------------------------------------


def test_runs_come_first_and_their_ends_last() -> None:
    records = [
        record(FINALIZE, 9, run="a"),
        record(STATUS, 8, {"new_status": "PASSED"}, run="a"),
        record(HEARTBEAT, 3, run="a"),
        record(HEARTBEAT, 4, run="b"),
        record(HEARTBEAT, 7, run="a"),
        record(LOGS, 6, run="a"),
        record(STATUS, 5, {"new_status": "running"}, run="a"),
        record(SUBMIT, 20),
    ]
    order = [(call.endpoint, call.ts) for call in in_order([*map(call_of, records)])]
    assert order == [(SUBMIT, 20), (STATUS, 5), (LOGS, 6), (HEARTBEAT, 7), (HEARTBEAT, 4), (STATUS, 8), (FINALIZE, 9)]


def test_odd_records_become_calls() -> None:
    call = call_of({"endpoint": "/sct/$id//stress_cmd/submit", "ts": None, "method": "put", "location_params": None, "params": []})
    assert (call.endpoint, call.ts, call.method, call.location, call.params) == ("/sct/$id/stress_cmd/submit", 0, "PUT", {}, {})
    assert call_of({"endpoint": None}).endpoint == ""


# -- applying --------------------------------------------------------------------------------------------------------------------------


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


# -- lost logs -------------------------------------------------------------------------------------------------------------------------


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


# -- over HTTP -------------------------------------------------------------------------------------------------------------------------


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


def looking_back(window: int, content: bytes) -> bytes:
    """Compressed so that unpacking has to keep so many bytes."""
    parameters = zstandard.ZstdCompressionParameters(window_log=window.bit_length() - 1)
    packing = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packing.compress(content) + packing.flush()


# -- bounds ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "value", "archive"),
    [
        ("MAX_PACKED", 100, packed_zip("a.jsonl", lines(*({"ts": n} for n in range(100))))),
        ("MAX_RECORDS", 10, tar(a_jsonl=b"{}\n" * 11)),
        ("MAX_LINE", 50, tar(a_jsonl=b'{"endpoint": "' + b"x" * 50 + b'"}')),
        ("MAX_BYTES", 10_000, gzip.compress(tar(no_journal=b" " * 20_000, a_jsonl=b"{}"))),
        ("MAX_DIRECTORY", 10, packed_zip("a.jsonl", b"{}")),
        ("MAX_WINDOW", 1 << 20, looking_back(2 << 20, tar(a_jsonl=b"{}\n"))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_archive_has_bounds(monkeypatch: pytest.MonkeyPatch, limit: str, value: int, archive: bytes) -> None:
    assert list(records_of(archive))
    monkeypatch.setattr(journal, limit, value)
    with pytest.raises(ReplayServiceError, match="Failed to decode archive"):
        list(records_of(archive))


async def test_errors_are_all_counted_but_not_all_listed(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_ERRORS", 2)
    summary = await ingest(runtime, Application(*[(500, b"no")] * 5), *(record(LOGS, n, run="a") for n in range(5)))
    assert (summary["failed"], len(summary["errors"])) == (5, 2)


async def test_others_are_served_between_any_two_records(runtime: Runtime) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    before: list[int] = []

    class Looking(Application):
        async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            before.append(turns)
            return await super().__call__(method, path, body)

    await ingest(runtime, Looking(), *(record(LOGS, n, run="a") for n in range(50)))
    beside.cancel()
    assert all(earlier < later for earlier, later in itertools.pairwise(before))


async def test_nothing_is_applied_for_a_caller_who_has_left(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CALLER_LOOK_SECONDS", 0.0)
    app = Application()

    async def gone() -> bool:
        return len(app.calls) >= 3

    archive = tar(a_jsonl=lines(*(record(LOGS, n, run="a") for n in range(50))))
    await service.ingest(runtime, app, gone, "application/x-tar", archive, service.Options(backfill_logs=False))
    assert len(app.calls) == 3


async def test_what_takes_too_long_ends_and_says_how_far_it_came(runtime: Runtime) -> None:
    runtime.settings.REPLAY_DEADLINE = 0.2

    class Slow(Application):
        async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            if len(self.calls) == 2:
                await asyncio.sleep(60)
            return await super().__call__(method, path, body)

    with pytest.raises(ReplayServiceError, match=r"^The archive takes too long: 2 of 5 records were applied in 0.2 seconds"):
        await ingest(runtime, Slow(), *(record(LOGS, n, run="a") for n in range(5)))


async def test_a_few_archives_are_applied_at_a_time(runtime: Runtime) -> None:
    going = asyncio.Event()

    class Held(Application):
        async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            await going.wait()
            return await super().__call__(method, path, body)

    held = Held()
    running = [asyncio.create_task(ingest(runtime, held, record(LOGS, 1, run="a"))) for _ in range(service.MOST_AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(ServiceBusy):
        await ingest(runtime, held, record(LOGS, 1, run="a"))
    going.set()
    assert [summary["succeeded"] for summary in await asyncio.gather(*running)] == [1] * service.MOST_AT_ONCE
    assert (await ingest(runtime, held, record(LOGS, 1, run="a")))["succeeded"] == 1


@pytest.mark.parametrize("lane", ["flask", "fastapi"])
async def test_a_replay_may_take_longer_than_a_request(tmp_path: Path, lane: Lane) -> None:
    records = [record(LOGS, n, {"schema_version": "v8", "logs": []}, run=str(uuid4())) for n in range(600)]
    async with serving(tmp_path, lane, REQUEST_DEADLINE=0.3) as server, server.client() as client:
        archive = gzip.compress(tar(a_jsonl=lines(*records)))
        answer = await client.post(f"{INGEST}?backfill_logs=0", content=archive, headers={"content-type": "application/gzip"})
        assert answer.json()["response"]["processed"] == 600
        assert float(answer.headers["server-timing"].partition("dur=")[2].split(",")[0]) > 300, "the test needs a longer journal"
