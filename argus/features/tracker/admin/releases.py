"""Administration of releases (docs/contract/admin.md#releases). Every change but a creation drops the release's stored statistics."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from argus.domain.catalogue import add_release
from argus.domain.snapshots import invalidate_release
from argus.kit.errors import ReleaseManagerException
from argus.kit.parse import need, record, uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.snapshot import ReleaseDistinctImage, ReleaseDistinctVersion
from argus.runtime import Runtime
from argus.storage.statements import delete, select, update

Entry = TypeVar("Entry", ArgusGroup, ArgusTest)

EDITABLE = ("pretty_name", "description", "valid_version_regex", "enabled", "perpetual", "dormant")


@dataclass
class CreateRelease:
    release_name: str
    pretty_name: str | None
    perpetual: bool


@dataclass
class SetPerpetual:
    release_id: str
    perpetual: bool


@dataclass
class SetState:
    release_id: str
    state: bool


@dataclass
class SetDormant:
    release_id: str
    dormant: bool


async def all_releases(runtime: Runtime) -> list[ArgusRelease]:
    """Every release, disabled ones too. Reads the table: an installation has tens of releases."""
    return await runtime.store.all(select(ArgusRelease))


async def create(runtime: Runtime, body: Mapping[str, Any]) -> ArgusRelease:
    """Create a release.

    Raises:
        TypeError: keys missing or beyond, or a value that fits no column.
        ReleaseManagerException: the name is taken.
    """
    wanted = record(CreateRelease, body)
    release = ArgusRelease().changed(name=wanted.release_name, pretty_name=wanted.pretty_name, perpetual=wanted.perpetual)
    if not await add_release(runtime.store, release):
        raise ReleaseManagerException(f"Release {wanted.release_name} already exists!", wanted.release_name)
    return release


async def set_perpetual(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Say whether a release has no end. Raises TypeError, ValueError, DocumentNotFound."""
    wanted = record(SetPerpetual, body)
    await _change(runtime, wanted.release_id, perpetual=wanted.perpetual)


async def set_state(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Enable or disable a release. Raises TypeError, ValueError, DocumentNotFound."""
    wanted = record(SetState, body)
    await _change(runtime, wanted.release_id, enabled=wanted.state)


async def set_dormant(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Archive a release or bring it back. Raises TypeError, ValueError, DocumentNotFound."""
    wanted = record(SetDormant, body)
    await _change(runtime, wanted.release_id, dormant=wanted.dormant)


async def edit(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Change everything of a release but its name. Raises KeyError, ValueError, DocumentNotFound: the release is looked up first."""
    release = await runtime.store.get(ArgusRelease, "id", id=uuid_of(need(body, "id")))
    await _write(runtime, release, **{column: need(body, column) for column in EDITABLE})


async def remove(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Delete a release with its groups, tests, indexes and statistics. Runs, plans, views, comments and events stay.

    Raises:
        KeyError, ValueError, DocumentNotFound
    """
    release = await runtime.store.get(ArgusRelease, id=uuid_of(need(body, "releaseId")))
    await delete_entries(runtime, ArgusTest, release_id=release.id)
    await delete_entries(runtime, ArgusGroup, release_id=release.id)
    await asyncio.gather(
        runtime.store.write(delete(ReleaseDistinctVersion).where(release_id=release.id)),
        runtime.store.write(delete(ReleaseDistinctImage).where(release_id=release.id)),
        invalidate_release(runtime, release.id),
    )
    await runtime.store.write(delete(ArgusRelease).where(id=release.id))


async def delete_entries(runtime: Runtime, model: type[Entry], **parent: UUID) -> None:
    """Delete the groups or tests of a parent."""
    found = await runtime.store.all(select(model, "id").where(**parent))
    await asyncio.gather(*(runtime.store.write(delete(model).where(id=entry.id)) for entry in found))


async def _change(runtime: Runtime, release_id: str, **values: Any) -> None:
    await _write(runtime, await runtime.store.get(ArgusRelease, "id", id=uuid_of(release_id)), **values)


async def _write(runtime: Runtime, release: ArgusRelease, **values: Any) -> None:
    await runtime.store.write(update(ArgusRelease, id=release.id).set(**values).if_exists())
    await invalidate_release(runtime, release.id)
