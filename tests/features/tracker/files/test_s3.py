"""Which links into S3 are signed, and what is served of them."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

import argus
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

OURS, THEIRS = "https://our-logs.s3.amazonaws.com", "https://secret.s3.amazonaws.com"
BACKFILL = "https://cloudius-jenkins-test.s3.amazonaws.com"


@pytest.fixture(autouse=True)
def credentials(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {"AWS_CLIENT_ID": "id", "AWS_CLIENT_SECRET": "secret", "S3_ALLOWED_BUCKETS": ["our-logs"]}.items():
        monkeypatch.setattr(server.runtime.settings, key, value)


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def log_link(client: httpx.AsyncClient, run_type: str, run_id: str, name: str) -> str:
    answer = await client.get(f"/api/v1/tests/{run_type}/{run_id}/log/{name}/download")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def sct_run(made: Made, logs: dict[str, str]) -> str:
    run_id = str(uuid4())
    body: dict[str, Any] = {"schema_version": "v8", "run_id": run_id, "job_name": made.job("longevity"), "job_url": "https://ci/1/"}
    body |= {"started_by": "ci", "commit_id": "a", "sct_config": None, "origin_url": None, "branch_name": None}
    await answered(made.client.post("/api/v1/client/testrun/scylla-cluster-tests/submit", json=body))
    links = [{"log_name": name, "log_link": link} for name, link in logs.items()]
    await answered(made.client.post(f"/api/v1/client/testrun/scylla-cluster-tests/{run_id}/logs/submit", json={"logs": links}))
    return run_id


@pytest.mark.parametrize("run_type", ["generic", "scylla-cluster-tests"])
async def test_logs_are_signed_in_the_buckets_that_were_named_only(made: Made, run_type: str) -> None:
    logs = {"ours": f"{OURS}/a", "backfill": f"{BACKFILL}/b%20c?X-Amz-Signature=old", "theirs": f"{THEIRS}/private/key.pem"}
    logs |= {"bare": "secret.s3.amazonaws.com/k", "signed": f"{THEIRS}/k?X-Amz-Signature=theirs"}
    if run_type == "generic":
        await made.new_test("t")
        run_id = await made.new_run("t")
        body = {"logs": [{"log_name": name, "log_link": link} for name, link in logs.items()]}
        await answered(made.client.post(f"/api/v1/client/testrun/generic/{run_id}/logs/submit", json=body))
    else:
        run_id = await sct_run(made, logs)
    links = {name: httpx.URL(await log_link(made.client, run_type, run_id, name)) for name in logs}
    for name, path in (("ours", "/a"), ("backfill", "/b c")):
        assert (links[name].path, len(links[name].params["X-Amz-Signature"]), links[name].params["X-Amz-Expires"]) == (path, 64, "3600")
    assert links["theirs"] == f"{THEIRS}/private/key.pem"
    assert links["bare"] == "https://secret.s3.amazonaws.com/k"
    assert links["signed"] == logs["signed"]


async def test_a_list_of_buckets_takes_the_place_of_the_default(made: Made, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await sct_run(made, {"ours": f"{OURS}/a", "named": "https://s3.eu-west-1.amazonaws.com/named.bucket/a"})
    monkeypatch.setattr(server.runtime.settings, "S3_ARTIFACT_BUCKETS", ["named.bucket"])
    assert await log_link(made.client, "scylla-cluster-tests", run_id, "ours") == f"{OURS}/a"
    named = httpx.URL(await log_link(made.client, "scylla-cluster-tests", run_id, "named"))
    assert (named.host, named.path) == ("s3.eu-west-1.amazonaws.com", "/named.bucket/a")
    assert "/eu-west-1/s3/" in named.params["X-Amz-Credential"]


async def test_screenshots_are_signed_like_logs_and_the_last_of_a_name_counts(made: Made) -> None:
    run_id = await sct_run(made, {})
    links = [f"{OURS}/1/a.png", f"{THEIRS}/a.png", f"{OURS}/2/b.png", f"{THEIRS}/with%20space.png?X-Amz-Signature=s", f"{OURS}/3/b.png"]
    await answered(made.client.post(f"/api/v1/client/sct/{run_id}/screenshots/submit", json={"screenshot_links": links}))

    async def shot(name: str) -> httpx.URL:
        answer = await made.client.get(f"/api/v1/tests/scylla-cluster-tests/{run_id}/screenshot/{quote(name)}")
        assert answer.status_code == 302, answer.text
        return httpx.URL(answer.headers["location"])

    assert await shot("a.png") == f"{THEIRS}/a.png"
    assert ((await shot("b.png")).path, "X-Amz-Signature" in (await shot("b.png")).params) == ("/3/b.png", True)
    assert await shot("with space.png") == links[3]


async def test_screenshots_of_browsers_are_signed_like_logs(made: Made) -> None:
    await made.new_test("ui", plugin="sirenada")
    run_id = str(uuid4())
    result: dict[str, object] = dict.fromkeys(
        ("class_name", "file_name", "message", "stack_trace", "s3_folder_id", "requests_file", "sirenada_user"), "x"
    )
    result |= {"browser_type": "chrome", "cluster_type": "aws", "status": "failed", "duration": 1, "start_time": "2024-01-01T10:00:00Z"}
    result |= {"sirenada_test_id": "s", "sirenada_password": "p"}
    shots = {"first": f"{OURS}/1/a.png", "again": f"{OURS}/2/a.png", "theirs": f"{THEIRS}/b.png"}
    results = [result | {"test_name": name, "screenshot_file": link} for name, link in shots.items()]
    body = {"schema_version": "v1", "run_id": run_id, "build_id": made.job("ui"), "build_job_url": "https://ci/7/", "region": "r"}
    await answered(made.client.post("/api/v1/client/testrun/sirenada/submit", json=body | {"results": results}))
    a = await made.client.get(f"/api/v1/tests/sirenada/{run_id}/screenshot/a.png")
    b = await made.client.get(f"/api/v1/tests/sirenada/{run_id}/screenshot/b.png")
    assert a.headers["location"].startswith(f"{OURS}/2/a.png?X-Amz-Algorithm=")
    assert b.headers["location"] == f"{THEIRS}/b.png"


@pytest.fixture
async def asked(server: Server) -> AsyncIterator[list[httpx.Request]]:
    """What goes out to S3, which answers by bucket."""
    requests: list[httpx.Request] = []

    def s3(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.host.startswith("secret.") and "X-Amz-Signature" not in request.url.params:
            return httpx.Response(403)
        return httpx.Response(206, headers={"content-range": "bytes 0-0/1048576"}, content=b"x")

    outgoing = server.runtime.http
    server.runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(s3))
    yield requests
    await server.runtime.http.aclose()
    server.runtime.http = outgoing


async def test_sizes_are_asked_with_a_signature_where_links_are_signed(client: httpx.AsyncClient, asked: list[httpx.Request]) -> None:
    async def size(link: str) -> Any:
        return await answered(client.get("/api/v1/artifact/resolveSize", params={"l": link}))

    assert await size(f"{OURS}/a%20b") == {"artifactSize": 1048576}
    assert (asked[-1].url.path, len(asked[-1].url.params["X-Amz-Signature"])) == ("/a b", 64)
    secret = f"{THEIRS}/private/key.pem"
    problem = await refused(client.get("/api/v1/artifact/resolveSize", params={"l": secret}))
    assert problem == ("TestRunServiceException", [f"Access denied to S3 object: {secret}"])
    assert asked[-1].url == secret
    assert await size(f"{secret}?X-Amz-Signature=theirs") == {"artifactSize": 1048576}
    assert asked[-1].url == f"{secret}?X-Amz-Signature=theirs"


async def test_the_relay_signs_for_allowed_buckets_only(
    client: httpx.AsyncClient, server: Server, asked: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.runtime.settings, "S3_ALLOWED_MIME", ["text/plain"])
    monkeypatch.setattr(server.runtime.settings, "S3_ARTIFACT_BUCKETS", ["secret"])
    answer = await client.get("/api/v1/s3/our-logs/a/b.txt")
    assert answer.headers["location"].startswith(f"{OURS}/a/b.txt?X-Amz-Algorithm=")
    problem = await refused(client.get("/api/v1/s3/secret/a/b.txt"))
    assert problem == ("TestRunServiceException", ["secret is not an allowed S3 bucket to pull from"])
    assert len(asked) == 1


def test_one_module_signs() -> None:
    """A signature that is made elsewhere would pass by the list of buckets.

    The file store asks for objects of its own bucket, whose keys are hashes of contents: it is given no link and makes none.
    """
    signing = {path for path in _sources() if any(name.split(".")[0] in {"botocore", "boto3"} for name in _imports(path))}
    assert {path.name for path in signing} == {"s3_signing.py", "s3_files.py"}
    assert not any("presign" in path.read_text() for path in signing)


def _sources() -> Iterator[Path]:
    return Path(argus.__file__).parent.rglob("*.py")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
