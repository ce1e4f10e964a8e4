"""Release, group and test of a job that nobody registered: named, or made (docs/contract/core.md#making-what-a-job-belongs-to)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from argus.domain.catalogue import add_release, add_test
from argus.domain.exclusive import exclusive
from argus.domain.runs import edit, find_run
from argus.kit.errors import ArgusTestException
from argus.kit.parse import uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import select
from argus.storage.store import Store

UNTRACKED = "untracked"


@dataclass(frozen=True)
class Names:
    """Where a job belongs, by its path."""

    release: str
    group: str
    test: str
    group_path: str


def build_id_of(body: Any) -> str | None:
    """The job of a submission."""
    if not isinstance(body, dict):
        return None
    return next((body[key] for key in ("job_name", "build_id", "buildId") if body.get(key)), None)


def names_of(build_id: str) -> Names:
    """`release/folder/sub/job` → `release`, `folder-sub`, `job`; shorter paths have defaults."""
    parts = [part for part in build_id.split("/") if part]
    path = "/".join(parts[:-1])
    match parts:
        case []:
            return Names(UNTRACKED, UNTRACKED, UNTRACKED, UNTRACKED)
        case [job]:
            return Names(UNTRACKED, UNTRACKED, job, UNTRACKED)
        case [release, job]:
            return Names(release, f"{release}-root", job, path)
    return Names(parts[0], "-".join(parts[1:-1]), parts[-1], path)


async def diagnosis(runtime: Runtime, build_id: str) -> str | None:
    """What is missing for a job, None when a test has it."""
    if await runtime.store.first(select(ArgusTest, "id").where(build_system_id=build_id)) is not None:
        return None
    names = names_of(build_id)
    release = await runtime.store.first(select(ArgusRelease).where(name=names.release))
    group = await _group(runtime.store, release, names.group_path) if release else None
    missing = [*([] if release else ["release"]), *([] if group else ["group"]), "test"]
    return (
        f"test entity missing for build_id='{build_id}': would create release='{names.release}', group='{names.group}', "
        f"test='{names.test}'; currently missing: {', '.join(missing)}. "
        "Re-run with --create-missing-tests to auto-create the hierarchy, or register the test in Argus first."
    )


async def ensure(runtime: Runtime, run_type: str, body: Mapping[str, Any]) -> None:
    """Make what is missing for a submission, and give a run that is stored already its place. What exists stays as it is."""
    build_id = build_id_of(body)
    if build_id is None:
        return
    test = await _test(runtime.store, run_type, build_id, body)
    if body.get("run_id") and runtime.plugins.get(run_type):
        run = await find_run(runtime, run_type, uuid_of(body["run_id"]), "test_id", "group_id", "release_id")
        if run is not None:
            place = {"test_id": test.id, "group_id": test.group_id, "release_id": test.release_id}
            missing = {column: value for column, value in place.items() if getattr(run, column) is None}
            if missing:
                await runtime.store.write(edit(run).set(**missing))


async def _test(store: Store, run_type: str, build_id: str, body: Mapping[str, Any]) -> ArgusTest:
    by_job = select(ArgusTest).where(build_system_id=build_id)
    test = await store.first(by_job)
    if test is not None:
        return test
    names = names_of(build_id)
    release = await _release(store, names.release)
    async with exclusive(store, "group", f"{release.id}:{names.group_path}"):
        group = await _group(store, release, names.group_path)
        if group is None:
            group = ArgusGroup(name=names.group, release_id=release.id, build_system_id=names.group_path)
            await store.create(group)
    url = body.get("job_url") or body.get("build_job_url")
    test = ArgusTest.model_construct(
        name=names.test, group_id=group.id, release_id=release.id, build_system_id=build_id, build_system_url=url, plugin_name=run_type
    )
    try:
        await add_test(store, test)
    except ArgusTestException:  # somebody was faster
        test = cast(ArgusTest, await store.first(by_job))
    return test


async def _release(store: Store, name: str) -> ArgusRelease:
    by_name = select(ArgusRelease).where(name=name)
    found = await store.first(by_name)
    if found is None:
        made = ArgusRelease(name=name)
        found = made if await add_release(store, made) else await store.first(by_name)
    return cast(ArgusRelease, found)


async def _group(store: Store, release: ArgusRelease, path: str) -> ArgusGroup | None:
    groups = await store.all(select(ArgusGroup).where(release_id=release.id))  # tens
    return next((group for group in groups if group.build_system_id == path), None)
