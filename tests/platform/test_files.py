"""Files that are under way: copies that programs read, and what the dead leave behind."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from argus.kit.pools import Pool
from argus.platform.drafts import REMOVED_AFTER
from argus.platform.errors import Unavailable
from argus.platform.files import OBJECTS, PIECE, FileStore, ObjectMissing

pytestmark = pytest.mark.anyio
CONTENT = os.urandom(PIECE + 1000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    pool = Pool(OBJECTS)
    yield FileStore(tmp_path, pool)
    pool.close()


async def stream() -> AsyncIterator[bytes]:
    yield CONTENT[:500]
    yield CONTENT[500:]


def drafts(store: FileStore) -> list[Path]:
    return list((store.root / "drafts").iterdir())


async def nothing() -> None:
    """Nobody asks for the end."""


async def test_a_copy_is_the_object_and_is_gone_afterwards(store: FileStore) -> None:
    kept = await store.put(stream(), limit=len(CONTENT))
    async with store.copied(kept.sha256, nothing) as path:
        assert path.read_bytes() == CONTENT
        path.write_bytes(b"whoever reads it may spoil it")
    assert drafts(store) == []
    assert store.path_of(kept.sha256).read_bytes() == CONTENT


async def test_whoever_is_to_end_copies_no_further_and_leaves_nothing(store: FileStore) -> None:
    kept = await store.put(stream(), limit=len(CONTENT))
    asked = 0

    async def end() -> None:
        nonlocal asked
        asked += 1
        raise TimeoutError

    with pytest.raises(TimeoutError):
        async with store.copied(kept.sha256, end):
            pytest.fail("it was to end")
    assert asked == 1
    with pytest.raises(ObjectMissing):
        async with store.copied("0" * 64, nothing):
            pytest.fail("there is none")
    assert drafts(store) == []


async def test_what_the_dead_left_behind_is_removed_once_it_is_old(store: FileStore) -> None:
    left = [store._drafts.begin() for _ in range(2)]  # nobody removes them: their process is gone
    for draft in left:
        draft.end(b"some of it")
        draft.file.close()
    then = time.time() - REMOVED_AFTER - 60
    os.utime(left[0].path, (then, then))
    assert await store.sweep_drafts() == 1
    assert drafts(store) == [left[1].path], "a young one may be somebody's"


async def test_a_host_that_no_purge_knows_removes_what_its_dead_left_behind(store: FileStore) -> None:
    left = store._drafts.begin()
    left.end(b"some of it")
    left.file.close()
    then = time.time() - REMOVED_AFTER - 60
    os.utime(left.path, (then, then))
    started_anew = FileStore(store.root, store._pool)
    await started_anew.put(stream(), limit=len(CONTENT))
    assert drafts(store) == []


async def test_where_the_folder_is_away_nothing_of_an_upload_is_read(store: FileStore) -> None:
    async def unread() -> AsyncIterator[bytes]:
        pytest.fail("what cannot be kept is not read")
        yield b""

    (store.root / "drafts").write_text("no folder")
    with pytest.raises(Unavailable):
        await store.put(unread(), limit=100)
