"""Versions and images seen in runs: the indexes of a release, and what is read without them.

Contract: docs/contract/plugins.md#versions-and-images-of-a-release.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from uuid import UUID

from argus.models.run import RunBase
from argus.models.snapshot import ReleaseDistinctImage, ReleaseDistinctVersion
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import select
from argus.storage.table import Row

log = logging.getLogger("argus.versions")


async def index_version(runtime: Runtime, release_id: UUID | None, version: str | None) -> None:
    """Remember that a run of the release has this version. Best effort; nothing without release or version."""
    if release_id is not None and version:
        await _enter(runtime, ReleaseDistinctVersion(release_id=release_id, version=version))


async def index_image(runtime: Runtime, release_id: UUID | None, image_id: str | None) -> None:
    """Remember that a run of the release uses this database image; as `index_version`."""
    if release_id is not None and image_id:
        await _enter(runtime, ReleaseDistinctImage(release_id=release_id, image_id=image_id))


async def _enter(runtime: Runtime, row: Row) -> None:
    try:
        await runtime.store.save(row)
    except StorageError:
        log.exception("cannot enter %r", row)


async def indexed_versions(runtime: Runtime, release_id: UUID) -> list[str]:
    """Versions in the release's index, descending; empty when nothing was ever entered."""
    return descending(row.version for row in await runtime.store.all(select(ReleaseDistinctVersion).where(release_id=release_id)))


async def indexed_images(runtime: Runtime, release_id: UUID) -> list[str]:
    """Images in the release's index, descending; empty when nothing was ever entered."""
    return descending(row.image_id for row in await runtime.store.all(select(ReleaseDistinctImage).where(release_id=release_id)))


async def release_versions(runtime: Runtime, model: type[RunBase], release_id: UUID) -> list[str]:
    """Versions of every run of a release, descending. Reads them all, page by page: bounded by the release's runs."""
    versions = select(model, *_key(model), "scylla_version").where(release_id=release_id)
    return descending({run.scylla_version async for run in runtime.store.rows(versions)})


async def view_versions(runtime: Runtime, model: type[RunBase], build_ids: Sequence[str]) -> list[str]:
    """Versions of every run of these jobs, descending."""
    versions = select(model, *_key(model), "scylla_version")
    return descending({run.scylla_version for run in await runtime.store.all_in(versions, "build_id", build_ids)})


def descending(values: Iterable[str | None]) -> list[str]:
    """The distinct values that are not empty, in descending order of their text."""
    return sorted({value for value in values if value}, reverse=True)


def _key(model: type[RunBase]) -> tuple[str, ...]:
    return (*model.__table__.primary_key, "id")
