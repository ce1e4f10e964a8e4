"""Starting builds of everything that plans hold (docs/contract/planning.md#triggering)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from argus.integrations.jenkins import Jenkins
from argus.kit.errors import PlannerServiceException
from argus.kit.parse import uuid_of
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import Select, select

log = logging.getLogger("argus.planning")

REGION_PARAMETERS = {"aws": "region", "gce": "gce_datacenter", "azure": "azure_region_name", "oci": "oci_region_name"}
AT_ONCE = 4  # builds that are being started


async def trigger(runtime: Runtime, user: User, body: Mapping[str, Any]) -> Any:
    """Start the newest build of every planned test once more, with parameters for its backend.

    Returns:
        `{"jobs": [URL], "failed_to_execute": [build id]}`, or `[False, reason]` when no plan matches.

    Raises:
        PlannerServiceException: not exactly one of release, plan, version, or release with version is given.
        DocumentNotFound: there is no such release.
        KeyError: Jenkins is not configured.
    """
    plans = await _plans(runtime, body)
    if not plans:
        return [False, "No plans to trigger"]
    jenkins = Jenkins(runtime)
    common, choices = body.get("common_params") or {}, body.get("params") or []
    gate = asyncio.Semaphore(AT_ONCE)

    async def start(test: ArgusTest) -> str | None:
        async with gate:
            try:
                return await _start(jenkins, test, common, choices, user)
            except Exception:  # of one test; the others are started all the same
                log.exception("cannot start %s", test.build_system_id)
                return None

    tests = await _tests(runtime, plans)
    urls = await asyncio.gather(*(start(test) for test in tests))
    failed = [test.build_system_id for test, url in zip(tests, urls, strict=True) if url is None]
    return {"jobs": [url for url in urls if url is not None], "failed_to_execute": failed}


async def _plans(runtime: Runtime, body: Mapping[str, Any]) -> list[ArgusReleasePlan]:
    release, plan_id, version = body.get("release"), body.get("plan_id"), body.get("version")
    if bool(plan_id) == bool(release or version):
        raise PlannerServiceException("No version, release name or plan id specified.", body)
    wanted: Select[ArgusReleasePlan] = select(ArgusReleasePlan)
    if plan_id:
        return await runtime.store.all(wanted.where(id=uuid_of(plan_id)))
    if not release:
        return await runtime.store.all(wanted.where(target_version=version))
    found = await runtime.store.get(ArgusRelease, "id", name=release)
    plans = await runtime.store.all(wanted.where(release_id=found.id))
    return [plan for plan in plans if not version or plan.target_version == version]


async def _tests(runtime: Runtime, plans: Sequence[ArgusReleasePlan]) -> list[ArgusTest]:
    """Every test of the plans and of their groups, once."""
    ids = [test for plan in plans for test in plan.tests]
    groups = list(dict.fromkeys(group for plan in plans for group in plan.groups))
    parts = await asyncio.gather(
        runtime.store.all_in(select(ArgusTest), "id", ids),
        *(runtime.store.all(select(ArgusTest).where(group_id=group)) for group in groups),
    )
    return list({test.id: test for part in parts for test in part}.values())


async def _start(jenkins: Jenkins, test: ArgusTest, common: Mapping[str, Any], choices: Sequence[Mapping[str, Any]], user: User) -> str:
    """Start one test's job; the URL of its build, or of the job while the build waits.

    Raises:
        LookupError: the job has no build, its backend is unknown, or there are no parameters for it.
        JenkinsServiceError: Jenkins refuses or is not there.
    """
    job = test.build_system_id or ""
    number = await jenkins.last_build_number(job)
    if number is None:
        raise LookupError(f"No builds of job {job}")
    parameters = await jenkins.build_parameters(job, number) or _defaults(await jenkins.job_info(job))
    backend = str(parameters.get("backend") or "")
    region = REGION_PARAMETERS.get(backend.split("-")[0])
    if region is None:
        raise LookupError(f"Unknown backend encountered: {backend}")
    chosen = next((choice for choice in choices if choice.get("test") == "longevity" and choice.get("backend") == backend), None)
    if chosen is None:
        raise LookupError(f"Parameters not found for job {job}")
    own = {region if name == "region" else name: value for name, value in chosen.items() if name != "type"}
    queued = await jenkins.build_job(job, {**common, **own, "requested_by_user": user.username})
    return await jenkins.queue_url(queued)


def _defaults(info: Mapping[str, Any]) -> dict[str, Any]:
    """What a job's parameters are when nobody says otherwise."""
    definitions = [found for entry in info.get("property", []) for found in entry.get("parameterDefinitions", [])]
    return {found["name"]: (found.get("defaultParameterValue") or {}).get("value") for found in definitions}
