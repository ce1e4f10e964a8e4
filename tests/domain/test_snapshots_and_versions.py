"""Stored statistics go when a run of their version comes; versions and images of a release are kept in an index."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from argus.domain.snapshots import filter_key, invalidate_release, invalidate_version
from argus.domain.versions import (
    index_image,
    index_version,
    indexed_images,
    indexed_versions,
    release_versions,
    view_versions,
)
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.plugins.generic.model import GenericRun
from argus.runtime import Runtime
from argus.storage.errors import NoHostAvailable
from argus.storage.statements import select
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

KEYS = {version: filter_key(version, None, False, False) for version in (None, "5.2", "5.2.1", "5.2.10", "!noVersion")}


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


async def stored(runtime: Runtime, release_id: UUID) -> set[str]:
    rows = await runtime.store.all(select(ReleaseStatsSnapshot).where(release_id=release_id))
    return {row.filter_key for row in rows}


async def fill(runtime: Runtime) -> UUID:
    release_id = uuid4()
    for key in KEYS.values():
        await runtime.store.save(ReleaseStatsSnapshot(release_id=release_id, filter_key=key, payload="{}"))
    return release_id


def test_a_filter_key_names_every_filter() -> None:
    assert filter_key("6.2", "ami-1", no_version=True, limited=False) == "v=6.2::img=ami-1::nov=1::lim=0"
    assert filter_key(None, None, False, False) == filter_key("", "", False, False)


async def test_a_run_drops_the_statistics_of_its_version_and_of_all(runtime: Runtime) -> None:
    release_id, other = await fill(runtime), await fill(runtime)
    await invalidate_version(runtime, release_id, "5.2.1")
    assert await stored(runtime, release_id) == {KEYS["5.2"], KEYS["5.2.10"], KEYS["!noVersion"]}
    assert await stored(runtime, other) == set(KEYS.values())


async def test_a_run_without_version_drops_only_those_of_all(runtime: Runtime) -> None:
    release_id = await fill(runtime)
    await invalidate_version(runtime, release_id, None)
    assert await stored(runtime, release_id) == set(KEYS.values()) - {KEYS[None]}


async def test_a_change_of_the_release_drops_everything(runtime: Runtime) -> None:
    release_id = await fill(runtime)
    await invalidate_release(runtime, release_id)
    assert await stored(runtime, release_id) == set()


async def test_failures_are_logged_and_change_no_answer(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def down(*_: object) -> None:
        raise NoHostAvailable("down")

    monkeypatch.setattr(runtime.store, "write", down)
    monkeypatch.setattr(runtime.store, "save", down)
    await invalidate_release(runtime, uuid4())
    await invalidate_version(runtime, uuid4(), "6")
    await index_version(runtime, uuid4(), "6")
    assert len(caplog.records) == 3


async def test_versions_and_images_are_indexed_in_descending_order(runtime: Runtime) -> None:
    release_id = uuid4()
    for version in ("5.1", "6.2", "5.1", "", None):
        await index_version(runtime, release_id, version)
    await index_version(runtime, None, "7")
    await index_image(runtime, release_id, "ami-1")
    assert await indexed_versions(runtime, release_id) == ["6.2", "5.1"]
    assert await indexed_images(runtime, release_id) == ["ami-1"]


async def test_versions_are_read_from_runs(runtime: Runtime) -> None:
    release_id = uuid4()
    for number, version in enumerate(["5.1", None, "", "6.2", "5.1"]):
        await runtime.store.save(GenericRun(id=uuid4(), build_id=f"job{number}", release_id=release_id, scylla_version=version))
    assert await release_versions(runtime, GenericRun, release_id) == ["6.2", "5.1"]
    assert await view_versions(runtime, GenericRun, ["job0", "job1", "unknown"]) == ["5.1"]
