"""A runtime over a database of its own, for tests of services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from argus.kit.settings import Settings
from argus.models import ALL_MODELS, ALL_TYPES
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.plugins.driver_matrix.plugin import PLUGIN as DRIVER_MATRIX
from argus.plugins.generic.plugin import PLUGIN as GENERIC
from argus.plugins.sirenada.plugin import PLUGIN as SIRENADA
from argus.run_types import Plugin, PluginRegistry
from argus.runtime import Runtime
from argus.storage.open import open_store
from argus.storage.store import Store

JOB = "rel/group/job"


@asynccontextmanager
async def opened(*plugins: Plugin, **settings: object) -> AsyncIterator[Runtime]:
    """A runtime over an embedded database, with these plugins (all that need no cluster, when none is named)."""
    registry = PluginRegistry(*(plugins or (GENERIC, SIRENADA, DRIVER_MATRIX)))
    store = open_store("sqlite://", [*ALL_MODELS, *registry.models], [*ALL_TYPES, *registry.types])
    await store.start()
    runtime = runtime_of(store, registry, **settings)
    try:
        yield runtime
    finally:
        await runtime.close()


def runtime_of(store: Store, registry: PluginRegistry, **settings: object) -> Runtime:
    return Runtime(Settings(SECRET_KEY="test", **settings), store, registry)  # type: ignore[arg-type]


async def catalogue(runtime: Runtime, build_ids: Sequence[str] = (JOB,)) -> list[ArgusTest]:
    """A release with one group, and a test for each job."""
    release = ArgusRelease(name="rel")
    group = ArgusGroup(name="group", release_id=release.id, build_system_id="rel/group")
    tests = [ArgusTest(name=job.split("/")[-1], group_id=group.id, release_id=release.id, build_system_id=job) for job in build_ids]
    for row in (release, group, *tests):
        await runtime.store.save(row)
    return tests
