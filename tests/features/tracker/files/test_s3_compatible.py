"""S3-compatible end points, against moto's server: sizes, types, signed links and ranges are what the server itself says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import boto3
import httpx
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from argus.integrations import s3
from argus.integrations.s3_links import S3Object, parse_link
from argus.integrations.s3_places import Place, place_of
from argus.kit.settings import Settings
from tests.features.tracker.making import answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

TEXT = b"line\n" * 50_000
KEYS = ["a.txt", "with space/ü & +%20?.txt", "deep/er/=;,@'().txt"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", 0)
    moto.start()
    _, port = moto.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    moto.stop()


@pytest.fixture(scope="module")
def peer(endpoint: str) -> Any:
    """A client of AWS's own for the same server, with everything that the tests read."""
    path_style = Config(s3={"addressing_style": "path"})
    found = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="id", aws_secret_access_key="secret", region_name="us-east-1", config=path_style
    )
    for bucket in ("logs", "dotted.logs", "others"):
        found.create_bucket(Bucket=bucket)
        for key in KEYS:
            found.put_object(Bucket=bucket, Key=key, Body=TEXT)
    found.put_object_acl(Bucket="others", Key=KEYS[0], ACL="public-read")
    found.put_object(Bucket="logs", Key="empty.txt", Body=b"")
    found.put_object(Bucket="logs", Key="packed.txt", Body=TEXT, ContentEncoding="gzip")  # says so, and is not
    for number in range(1010):
        found.put_object(Bucket="logs", Key=f"many/{number:04}", Body=b"x")
    return found


@pytest.fixture(autouse=True)
def settings(server: Server, endpoint: str, peer: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    wanted = {"AWS_CLIENT_ID": "id", "AWS_CLIENT_SECRET": "secret", "S3_ENDPOINT_URL": endpoint, "S3_REGION": "us-east-1"}
    buckets = ["logs", "dotted.logs"]
    for key, value in {**wanted, "S3_ALLOWED_BUCKETS": buckets, "S3_ALLOWED_MIME": ["text/plain"]}.items():
        monkeypatch.setattr(server.runtime.settings, key, value)
    return server.runtime.settings


@pytest.mark.parametrize("bucket", ["logs", "dotted.logs"])
@pytest.mark.parametrize("key", KEYS)
async def test_an_object_is_measured_and_handed_out_with_its_ranges(
    client: httpx.AsyncClient, endpoint: str, peer: Any, bucket: str, key: str
) -> None:
    link = f"{endpoint}/{bucket}/{quote(key)}"
    assert await answered(client.get("/api/v1/artifact/resolveSize", params={"l": link})) == {"artifactSize": len(TEXT)}
    answer = await client.get(f"/api/v1/s3/{bucket}/{quote(key)}")
    assert answer.status_code == 302, answer.text
    location = answer.headers["location"]
    assert location.startswith(f"{endpoint}/{bucket}/")
    assert "X-Amz-Signature=" in location
    async with httpx.AsyncClient() as browser:
        for wanted in ("bytes=0-0", "bytes=5-99", "bytes=-7", "bytes=249990-", f"bytes=0-{len(TEXT) * 2}"):
            part = await browser.get(location, headers={"Range": wanted})
            own = peer.get_object(Bucket=bucket, Key=key, Range=wanted)
            assert (part.status_code, part.content, part.headers["content-range"]) == (206, own["Body"].read(), own["ContentRange"])
        assert (await browser.get(location, headers={"Range": f"bytes={len(TEXT)}-"})).status_code == 416
        assert (await browser.get(location)).content == TEXT


async def test_an_empty_object_and_one_that_calls_itself_packed_are_measured(client: httpx.AsyncClient, endpoint: str) -> None:
    for name, size in (("empty.txt", 0), ("packed.txt", len(TEXT))):
        assert await answered(client.get("/api/v1/artifact/resolveSize", params={"l": f"{endpoint}/logs/{name}"})) == {"artifactSize": size}
    assert (await client.get("/api/v1/s3/logs/packed.txt")).status_code == 302


async def test_what_is_not_there_or_not_ours_is_told(client: httpx.AsyncClient, endpoint: str) -> None:
    missing, others = f"{endpoint}/logs/missing", f"{endpoint}/others/a.txt"
    problem = await refused(client.get("/api/v1/artifact/resolveSize", params={"l": missing}))
    assert problem == ("TestRunServiceException", [f"S3 object not found: {missing}"])
    problem = await refused(client.get("/api/v1/artifact/resolveSize", params={"l": others}))
    assert problem == ("TestRunServiceException", [f"Access denied to S3 object: {others}"])
    assert (await refused(client.get("/api/v1/s3/others/a.txt")))[1] == ["others is not an allowed S3 bucket to pull from"]


async def test_a_link_to_amazon_is_not_signed_with_the_keys_of_another_place(server: Server) -> None:
    link = "https://logs.s3.amazonaws.com/a.txt"
    item = parse_link(link, place_of(server.runtime.settings))
    assert item is not None
    assert await s3.artifact_url(server.runtime, item, link, 60) == link


async def test_a_bucket_is_listed_page_by_page(server: Server) -> None:
    async with httpx.AsyncClient():
        assert [key async for key in s3.keys_below(server.runtime, "logs", "many/")] == [f"many/{number:04}" for number in range(1010)]


HTTPS = Place("https://s3.example.com", in_path=False)
PORT = Place("http://minio:9000", in_path=True)


@pytest.mark.parametrize(
    ("place", "link", "bucket", "url"),
    [
        (HTTPS, "https://b.s3.example.com/k/1", "b", "https://b.s3.example.com/k/1"),
        (HTTPS, "https://s3.example.com:443/b/k%2F1?X-Amz-Signature=old", "b", "https://b.s3.example.com/k/1"),
        (HTTPS, "https://S3.example.com/my.logs/k/1", "my.logs", "https://s3.example.com/my.logs/k/1"),
        (PORT, "http://minio:9000/b/k/1", "b", "http://minio:9000/b/k/1"),
        (PORT, "http://b.minio:9000/k/1", "b", "http://minio:9000/b/k/1"),
    ],
)
def test_both_spellings_of_a_bucket_at_an_end_point_are_known(place: Place, link: str, bucket: str, url: str) -> None:
    item = parse_link(link, place)
    assert item == S3Object(bucket, "k/1", place=place)
    assert item.url == url


@pytest.mark.parametrize(
    "link", ["http://minio/b/k", "http://minio:90001/b/k", "https://minio:9000/b/k", "http://xminio:9000/b/k", "http://minio:9000/b"]
)
def test_other_hosts_and_ports_are_no_end_point(link: str) -> None:
    assert parse_link(link, PORT) is None


def test_a_dot_in_the_end_point_is_a_dot() -> None:
    assert parse_link("https://s3xexample.com/b/k", HTTPS) is None


@pytest.mark.parametrize("text", ["minio:9000", "ftp://minio", "http://", "http://u:p@minio", "http://minio/path", "http://minio?x"])
def test_what_is_no_end_point_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="S3_ENDPOINT_URL"):
        Settings(S3_ENDPOINT_URL=text)


def test_an_end_point_is_kept_as_addresses_are_written() -> None:
    assert Settings(S3_ENDPOINT_URL="https://MinIO:9000/").S3_ENDPOINT_URL == "https://minio:9000"


# -- Amazon ----------------------------------------------------------------------------------------------------------------------------


async def test_a_bucket_in_another_region_is_found_and_remembered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def amazon(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if ".eu-west-1." not in request.url.host:
            return httpx.Response(301, headers={"x-amz-bucket-region": "eu-west-1"})
        return httpx.Response(206, headers={"content-range": "bytes 0-0/7"}, content=b"x")

    monkeypatch.setattr(server.runtime, "http", httpx.AsyncClient(transport=httpx.MockTransport(amazon)))
    monkeypatch.setattr(server.runtime.settings, "S3_ENDPOINT_URL", None)
    server.runtime.own(s3.Regions).clear()
    item = S3Object("logs", "k")
    assert await s3.size_of(server.runtime, item, item.url) == 7
    assert await s3.size_of(server.runtime, item, item.url) == 7
    assert asked == ["logs.s3.amazonaws.com", "logs.s3.eu-west-1.amazonaws.com", "logs.s3.eu-west-1.amazonaws.com"]
    assert "/eu-west-1/s3/" in httpx.URL(await s3.artifact_url(server.runtime, item, item.url, 60)).params["X-Amz-Credential"]


@pytest.mark.parametrize("region", ["evil.example/", "", "x" * 41, "é"])
async def test_a_region_that_is_none_is_not_believed(server: Server, monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    asked: list[httpx.Request] = []

    def amazon(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(301, headers=[(b"x-amz-bucket-region", region.encode())])

    monkeypatch.setattr(server.runtime, "http", httpx.AsyncClient(transport=httpx.MockTransport(amazon)))
    monkeypatch.setattr(server.runtime.settings, "S3_ENDPOINT_URL", None)
    item = S3Object("logs", "k")
    with pytest.raises(Exception, match="HTTP 301"):
        await s3.size_of(server.runtime, item, item.url)
    assert len(asked) == 1, "it is not asked there"


@pytest.mark.parametrize("content", [b"", b"{}", b"<a", b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'])
async def test_a_list_that_is_none_is_told(server: Server, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(
        server.runtime, "http", httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=content)))
    )
    with pytest.raises(Exception, match="S3 answers with what is no list"):
        [key async for key in s3.keys_below(server.runtime, "logs", "a/")]
