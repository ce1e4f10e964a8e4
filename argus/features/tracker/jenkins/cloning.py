"""Cloning a job into another group, with its test (docs/contract/integrations.md#cloning-a-job)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argus.domain.catalogue import add_test, display_name
from argus.features.tracker.jenkins.configuration import apply, parse_xml, xml_of
from argus.integrations.jenkins import Jenkins
from argus.kit.errors import JenkinsServiceError, foreseen
from argus.kit.parse import need, uuid_of
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import select


async def targets(runtime: Runtime, test_id: str | None) -> dict[str, list[ArgusRelease]]:
    """All releases by name, disabled ones included.

    Raises:
        Exception: no test id.
        ValueError: a malformed one.
        DocumentNotFound: no such test.
    """
    if not test_id:
        raise foreseen(Exception("No testId provided"))
    await runtime.store.get(ArgusTest, "id", id=uuid_of(test_id))
    found = await runtime.store.all(select(ArgusRelease))
    return {"targets": sorted(found, key=lambda release: display_name(release) or "")}


async def groups(runtime: Runtime, release_id: str | None) -> dict[str, list[ArgusGroup]]:
    """The groups of a release, by name.

    Raises:
        Exception: no release id.
        ValueError: a malformed one.
    """
    if not release_id:
        raise foreseen(Exception("No targetId provided"))
    found = await runtime.store.all(select(ArgusGroup).where(release_id=uuid_of(release_id)))
    return {"groups": sorted(found, key=lambda group: display_name(group) or "")}


CLONED = ("currentTestId", "newName", "target", "group", "advancedSettings")


async def clone(runtime: Runtime, body: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a test's job into a group's folder, as a new test.

    Raises:
        KeyError, ValueError: the body misses a key, or holds a malformed id.
        DocumentNotFound: no such test, release or group.
        JenkinsServiceError: the group has no folder, or the copy would lie upon the original.
        ArgusTestException: another test has that job.
        JenkinsException: Jenkins refuses or does not answer.
    """
    test_id, name, release_id, group_id, advanced = (need(body, key) for key in CLONED)
    keys = [uuid_of(text) for text in (test_id, release_id, group_id)]
    source = await runtime.store.get(ArgusTest, id=keys[0])
    release = await runtime.store.get(ArgusRelease, id=keys[1])
    group = await runtime.store.get(ArgusGroup, id=keys[2])
    if not group.build_system_id:
        raise JenkinsServiceError("Unable to clone: target group is missing jenkins folder path")
    job = f"{group.build_system_id}/{name}"
    if job == source.build_system_id:
        raise JenkinsServiceError("Unable to clone: source and destination are the same")
    jenkins = Jenkins(runtime)
    config = parse_xml(await jenkins.job_config(source.build_system_id or ""))
    await jenkins.create_job(job, xml_of(config))
    info = await jenkins.job_info(job)
    test = ArgusTest(
        name=name,
        group_id=group.id,
        release_id=release.id,
        build_system_id=job,
        build_system_url=info.get("url"),
        plugin_name=source.plugin_name,
    )
    await add_test(runtime.store, test)
    if advanced:
        await apply(jenkins, job, advanced)
    return {"new_job": info, "new_entity": test}
