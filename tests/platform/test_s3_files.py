"""The file store in a bucket, against moto's server: the same promises as those of the folder."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from argus.kit.pools import Pool
from argus.kit.settings import Settings
from argus.platform import s3_files
from argus.platform.errors import TooLarge, Unavailable, WrongType
from argus.platform.files import OBJECTS, FileStore, ObjectMissing, file_store
from argus.platform.s3_files import S3FileStore
from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk
from tests.serving import serving

pytestmark = pytest.mark.anyio
KEYS = {"AWS_CLIENT_ID": "id", "AWS_CLIENT_SECRET": "secret", "S3_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", 0)
    moto.start()
    _, port = moto.get_host_and_port()
    address = f"http://127.0.0.1:{port}"
    boto3.client("s3", endpoint_url=address, aws_access_key_id="id", aws_secret_access_key="secret", region_name="us-east-1").create_bucket(
        Bucket="files"
    )
    yield address
    moto.stop()


@pytest.fixture
def settings(endpoint: str) -> dict[str, Any]:
    return {"FILE_STORE": "s3://files/below/here", "S3_ENDPOINT_URL": endpoint, **KEYS}


@pytest.fixture
def store(settings: dict[str, Any], tmp_path: Path) -> Iterator[S3FileStore]:
    pool = Pool(OBJECTS)
    yield S3FileStore(tmp_path / "drafts", pool, Settings(**settings))
    pool.close()


async def pieces(content: bytes, size: int = 700_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def whole(store: FileStore, sha256: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.read(sha256, start, end)])


async def test_what_is_put_can_be_read_whole_and_in_parts(store: S3FileStore) -> None:
    content = bytes(range(256)) * 10_000
    stored = await store.put(pieces(content), limit=len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert await store.size(stored.sha256) == stored.byte_size == len(content)
    assert await whole(store, stored.sha256) == content
    assert await whole(store, stored.sha256, 1000, 1_500_000) == content[1000:1_500_000]
    assert await whole(store, stored.sha256, len(content)) == b""
    assert store.key_of(stored.sha256) == f"below/here/{stored.sha256[:2]}/{stored.sha256[2:4]}/{stored.sha256}"
    assert list((store.root / "drafts").iterdir()) == []
    await store.check()


async def test_what_is_refused_becomes_no_object(store: S3FileStore) -> None:
    async def refuse(path: Path) -> None:
        raise WrongType("unsupported_type", "no")

    before = await store.usage()
    with pytest.raises(TooLarge):
        await store.put(pieces(b"x" * 2_000_000), limit=1_000_000)
    with pytest.raises(WrongType):
        await store.put(pieces(b"refused"), limit=100, check=refuse)
    assert await store.usage() == before
    assert list((store.root / "drafts").iterdir()) == []


async def test_an_object_goes_once_it_is_old_and_nobody_refers_to_it(store: S3FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unused() -> bool:
        return True

    async def used() -> bool:
        return False

    stored = await store.put(pieces(b"orphan"), limit=100)
    assert await store.orphans() == []
    assert not await store.remove(stored.sha256, unused), "it is young"
    monkeypatch.setattr(s3_files, "ORPHANED_AFTER", timedelta(seconds=-5).total_seconds())
    assert stored.sha256 in await store.orphans()
    assert not await store.remove(stored.sha256, used)
    assert await whole(store, stored.sha256) == b"orphan"
    assert await store.remove(stored.sha256, unused)
    for asked in (store.size(stored.sha256), whole(store, stored.sha256)):
        with pytest.raises(ObjectMissing):
            await asked


async def test_what_is_put_again_while_it_is_removed_stays(store: S3FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_files, "ORPHANED_AFTER", -5)
    stored = await store.put(pieces(b"again"), limit=100)

    async def unused_a_moment_ago() -> bool:
        monkeypatch.setattr(s3_files, "ORPHANED_AFTER", 60)  # so it is young
        await store.put(pieces(b"again"), limit=100)
        return True

    assert not await store.remove(stored.sha256, unused_a_moment_ago)
    assert await whole(store, stored.sha256) == b"again"


async def test_what_else_lies_in_the_bucket_is_let_alone(store: S3FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_files, "ORPHANED_AFTER", -5)
    before = await store.usage(), await store.orphans()
    for key in ("below/here/README", f"elsewhere/{'0' * 64}"):
        await asyncio.to_thread(store._client.put_object, Bucket="files", Key=key, Body=b"another's")
    assert (await store.usage(), await store.orphans()) == before


async def test_a_bucket_that_does_not_answer_is_unavailable(settings: dict[str, Any], tmp_path: Path) -> None:
    pool = Pool(OBJECTS)
    for wrong in ({"S3_ENDPOINT_URL": "http://127.0.0.1:9"}, {"FILE_STORE": "s3://no-such-bucket"}):
        away = S3FileStore(tmp_path, pool, Settings(**{**settings, **wrong}))
        with pytest.raises(Unavailable):
            await away.check()
        with pytest.raises(Unavailable):
            await away.put(unread(), limit=100)
    pool.close()


async def unread() -> AsyncIterator[bytes]:
    pytest.fail("what cannot be kept is not read")
    yield b""


@pytest.mark.parametrize("value", ["s3://", "s3://UPPER/x", "https://bucket", "s3://a/../b?x", "/folder"])
def test_a_place_that_is_none_is_refused_at_the_start(value: str) -> None:
    with pytest.raises(ValueError, match="FILE_STORE"):
        Settings(FILE_STORE=value)


async def test_a_job_reads_and_writes_its_documents_in_the_bucket(settings: dict[str, Any], tmp_path: Path) -> None:
    async with serving(tmp_path, "fastapi", **settings) as server, server.client("alice") as client:
        assert isinstance(file_store(server.runtime), S3FileStore)
        desk = await Desk.of(server, client, "alice")
        job = await desk.read("a.pdf", making.two_tables())
        assert job["status"] == "success", job
        [table, _] = await desk.tables(job["job_id"])
        export = await client.get(f"/jobs/{job['job_id']}/tables/{table['table_id']}/export")
        assert export.text.splitlines()[0] == ",".join(column["name"] for column in table["columns"])
        files = [each for each in (await client.get("/health")).json()["components"] if each["name"] == "files"]
        assert files[0]["status"] == "ok"
        assert not list((tmp_path / "objects").glob("[0-9a-f][0-9a-f]")), "nothing of it stays on this host"
