"""Starting builds of all planned tests, against a Jenkins of paper."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import pytest

from argus.features.tracker.planning.trigger import trigger
from argus.kit.clock import time_uuid
from argus.kit.errors import PlannerServiceException
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.user import User
from argus.runtime import Runtime
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

USER = User(username="bob", email="robert@example.com")
RELEASE = ArgusRelease(name="rel")
GROUP = ArgusGroup(name="g", release_id=RELEASE.id)
JENKINS = {"JENKINS_URL": "http://jenkins.test/", "JENKINS_USER": "argus", "JENKINS_API_TOKEN": "secret"}
AWS = {"test": "longevity", "backend": "aws", "region": "eu-west-1", "type": "big"}


class Paper:
    """Jobs by name: the parameters of their newest build (None: never built; a list: defaults of the job)."""

    def __init__(self, **jobs: Any) -> None:
        self.jobs = jobs
        self.started: dict[str, dict[str, str]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.strip("/")
        if path == "crumbIssuer/api/json":
            return httpx.Response(404)
        if path.startswith("queue/item/"):
            name = list(self.started)[int(path.split("/")[2])]
            running = {"executable": {"url": f"http://jenkins.test/job/{name}/8/"}} if name == "running" else {}
            return httpx.Response(200, json={"task": {"url": f"http://jenkins.test/job/{name}/"}, **running})
        _, name, *rest = path.split("/")
        if name not in self.jobs:
            return httpx.Response(404)
        parameters = self.jobs[name]
        if rest == ["buildWithParameters"]:
            self.started[name] = dict(parse_qsl(request.content.decode()))
            return httpx.Response(201, headers={"Location": f"http://jenkins.test/queue/item/{len(self.started) - 1}/"})
        if rest[0] == "7":
            known = [{"name": key, "value": value} for key, value in parameters.items()] if isinstance(parameters, dict) else None
            action = {"_class": "hudson.model.ParametersAction", "parameters": known} if known is not None else {}
            return httpx.Response(200, json={"actions": [{}, action]})
        is_list = isinstance(parameters, list)
        defaults = [{"name": key, "defaultParameterValue": {"value": value}} for key, value in parameters] if is_list else []
        described = [{"_class": "hudson.model.ParametersDefinitionProperty", "parameterDefinitions": defaults}]
        last = {"number": 7} if parameters is not None else None
        return httpx.Response(200, json={"lastBuild": last, "property": described if is_list else []})


async def planned(runtime: Runtime, *jobs: str, **values: Any) -> ArgusReleasePlan:
    tests = [ArgusTest(name=job, build_system_id=job, release_id=RELEASE.id, group_id=uuid4()) for job in jobs]
    plan = ArgusReleasePlan(id=time_uuid(), release_id=RELEASE.id, target_version="6.0", tests=[test.id for test in tests])
    plan = plan.changed(**values)
    for row in (RELEASE, GROUP, plan, *tests):
        await runtime.store.save(row)
    return plan


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(**JENKINS) as found:
        yield found


def answer_with(runtime: Runtime, paper: Paper) -> Paper:
    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(paper))
    return paper


async def test_each_job_is_started_with_parameters_of_its_backend(runtime: Runtime) -> None:
    jobs: dict[str, Any] = {"running": {"backend": "aws"}, "queued": {"backend": "gce"}, "defaulted": [("backend", "aws")]}
    paper = answer_with(runtime, Paper(**jobs))
    plan = await planned(runtime, *jobs)
    gce = {"test": "longevity", "backend": "gce", "region": "us-east1", "extra": "own"}
    params = [{"test": "short", "backend": "aws"}, AWS, {**AWS, "region": "second"}, gce]
    body = {"plan_id": str(plan.id), "common_params": {"extra": "common", "requested_by_user": "somebody"}, "params": params}
    found = await trigger(runtime, USER, body)
    assert set(found["jobs"]) == {
        "http://jenkins.test/job/running/8/",
        "http://jenkins.test/job/queued/",
        "http://jenkins.test/job/defaulted/",
    }
    assert found["failed_to_execute"] == []
    started = {"test": "longevity", "backend": "aws", "region": "eu-west-1", "extra": "common", "requested_by_user": "bob"}
    assert paper.started["running"] == paper.started["defaulted"] == started
    assert paper.started["queued"] == {
        "test": "longevity",
        "backend": "gce",
        "gce_datacenter": "us-east1",
        "extra": "own",
        "requested_by_user": "bob",
    }


async def test_what_cannot_be_started_is_named_and_the_rest_goes_on(runtime: Runtime) -> None:
    good = {"backend": "aws"}
    jobs: dict[str, Any] = {"never": None, "odd": {"backend": "docker"}, "none": {"other": ""}, "oci": {"backend": "oci"}, "good": good}
    answer_with(runtime, Paper(**jobs))
    await planned(runtime, "missing", *jobs)
    found = await trigger(runtime, USER, {"release": "rel", "params": [AWS]})
    assert found["jobs"] == ["http://jenkins.test/job/good/"]
    assert sorted(found["failed_to_execute"]) == ["missing", "never", "none", "oci", "odd"]


async def test_a_test_is_started_once_however_often_it_is_planned(runtime: Runtime) -> None:
    paper = answer_with(runtime, Paper(good={"backend": "aws"}, grouped={"backend": "aws"}))
    plan = await planned(runtime, "good", groups=[GROUP.id])
    await runtime.store.save(ArgusTest(name="grouped", build_system_id="grouped", group_id=GROUP.id, enabled=False))
    await runtime.store.save(plan.changed(id=time_uuid(), completed=True))
    found = await trigger(runtime, USER, {"version": "6.0", "params": [AWS]})
    assert len(found["jobs"]) == 2
    assert set(paper.started) == {"good", "grouped"}


async def test_a_silent_jenkins_fails_every_test(runtime: Runtime) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(silent))
    await planned(runtime, "a", "b")
    found = await trigger(runtime, USER, {"release": "rel", "version": "6.0"})
    assert (found["jobs"], sorted(found["failed_to_execute"])) == ([], ["a", "b"])


@pytest.mark.parametrize(
    "body", [{}, {"release": "rel", "plan_id": "x"}, {"version": "6.0", "plan_id": "x"}, {"release": "", "version": None}]
)
async def test_plans_are_chosen_in_one_way(runtime: Runtime, body: dict[str, Any]) -> None:
    with pytest.raises(PlannerServiceException) as raised:
        await trigger(runtime, USER, body)
    assert raised.value.args == ("No version, release name or plan id specified.", body)


async def test_without_plans_jenkins_is_not_needed() -> None:
    async with opened(JENKINS_URL=None, JENKINS_USER=None, JENKINS_API_TOKEN=None) as runtime:
        await planned(runtime)
        assert await trigger(runtime, USER, {"version": "9"}) == [False, "No plans to trigger"]
        with pytest.raises(KeyError):
            await trigger(runtime, USER, {"version": "6.0"})
