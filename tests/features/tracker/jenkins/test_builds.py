"""Forms of builds, builds, clones and settings of jobs, against a Jenkins of a few jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from argus.features.tracker.jenkins.configuration import parse_xml
from argus.integrations.github import parse_repository
from argus.kit.errors import JenkinsServiceError
from tests.features.tracker.jenkins.fake import DEFINITIONS, PARAMETERS, PIPELINE, FakeJenkins, answering
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/jenkins"


@pytest.fixture
def jenkins(server: Server) -> Iterator[FakeJenkins]:
    remote = FakeJenkins()
    with answering(server.runtime, remote):
        yield remote


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


def with_defaults(**defaults: Any) -> dict[str, Any]:
    definitions = [{"name": n, "defaultParameterValue": None if v is None else {"value": v}} for n, v in defaults.items()]
    return {"property": [{"_class": "other"}, {"_class": DEFINITIONS, "parameterDefinitions": definitions}]}


def ran_with(**parameters: Any) -> dict[str, Any]:
    return {"actions": [{}, {"_class": PARAMETERS, "parameters": [{"_class": "x", "name": n, "value": v} for n, v in parameters.items()]}]}


async def form(client: httpx.AsyncClient, job: str, number: int | None = None, **values: Any) -> dict[str, dict[str, Any]]:
    body = {"buildId": job, "buildNumber": number, **values}
    return {field["name"]: field for field in (await answered(client.post(f"{API}/params", json=body)))["parameters"]}


async def test_a_form_of_defaults(client: httpx.AsyncClient, jenkins: FakeJenkins) -> None:
    defaults = {
        "scylla_version": "6.2",
        "flag": False,
        "plain": None,
        "backend": "azure",
        "billing_project": "first",
        "requested_by_user": "x",
    }
    jenkins.job("a/b", **with_defaults(**defaults))
    assert await form(client, "a/b", fromDefaults=True) == {
        "scylla_version": {
            "name": "scylla_version",
            "value": "6.2",
            "description": 'which one (default: <span class="fw-bold">6.2</span>)',
        },
        "flag": {"name": "flag", "value": False, "description": ""},
        "plain": {"name": "plain", "value": "", "description": ""},
        "backend": {"name": "backend", "value": "aws", "description": "", "choices": ["aws", "gce"]},
        "billing_project": {"name": "billing_project", "value": "", "description": "", "choices": ["", "first", "second"]},
    }


async def test_a_form_of_an_earlier_build(client: httpx.AsyncClient, jenkins: FakeJenkins) -> None:
    jenkins.job("a/b", nextBuildNumber=8, **with_defaults(scylla_version="6.2"))
    jenkins.builds["a/b", 7] = ran_with(backend="gce", billing_project="second", requested_by_user="x")
    jenkins.builds["a/b", 3] = {"actions": [{"_class": "none"}]}
    last = await form(client, "a/b")
    assert {name: (field["_class"], field["value"]) for name, field in last.items()} == {
        "backend": ("x", "gce"),
        "billing_project": ("x", "second"),
    }
    assert {name: field["value"] for name, field in (await form(client, "a/b", 3)).items()} == {"scylla_version": "6.2"}
    body = {"buildId": "a/b", "buildNumber": 99}
    assert await refused(client.post(f"{API}/params", json=body)) == ("NotFoundException", ["job[a/b] number[99] does not exist"])


@pytest.mark.parametrize("info", [{}, {"nextBuildNumber": 1}])
async def test_a_job_that_never_ran_has_no_form(client: httpx.AsyncClient, jenkins: FakeJenkins, info: dict[str, Any]) -> None:
    jenkins.job("a/b", **info)
    body = {"buildId": "a/b", "buildNumber": None}
    assert await refused(client.post(f"{API}/params", json=body)) == ("JenkinsServiceError", ["#noBuildsAvailable"])
    missing = {"buildId": "a/c", "buildNumber": None}
    assert await refused(client.post(f"{API}/params", json=missing)) == ("NotFoundException", ["job[a/c] does not exist"])


async def test_a_build_is_started_in_the_name_of_its_caller(client: httpx.AsyncClient, jenkins: FakeJenkins, made: Made) -> None:
    job = made.job("t")
    await made.new_test("t", plugin="scylla-cluster-tests")
    jenkins.job(job, nextBuildNumber=12)
    given = {"scylla_version": "6.2", "flag": True, "nothing": None, "requested_by_user": "somebody else"}
    body = {"buildId": job, "parameters": given}
    assert await answered(client.post(f"{API}/build", json=body)) == {"queueItem": 41}
    assert await answered(client.post(f"{API}/build", json={**body, "includeBuildNumber": True})) == {
        "queueItem": 41,
        "nextBuildNumber": 12,
    }
    path, sent = jenkins.started[0]
    assert (path, sent) == (job, {"scylla_version": "6.2", "flag": "True", "nothing": "None", "requested_by_user": "alice"})


async def test_a_cluster_test_has_one_source_of_its_version(client: httpx.AsyncClient, jenkins: FakeJenkins, made: Made) -> None:
    job = made.job("t")
    await made.new_test("t", plugin="scylla-cluster-tests")
    jenkins.job(job)
    none = {"buildId": job, "parameters": {"scylla_version": " ", "gce_image_db": None}}
    both = {"buildId": job, "parameters": {"byo_scylla_repo": "x", "scylla_ami_id": "ami", "azure_image_db": "y"}}
    assert (await refused(client.post(f"{API}/build", json=none)))[0] == "DataValidationError"
    text = "Only one Scylla version source may be set, but multiple were provided: scylla_image, scylla_byo."
    assert await refused(client.post(f"{API}/build", json=both)) == ("DataValidationError", [text])
    assert jenkins.started == []
    assert await answered(client.post(f"{API}/clone/build", json=none)) == {"queueItem": 41}


async def test_where_a_queued_build_stands(client: httpx.AsyncClient, jenkins: FakeJenkins) -> None:
    jenkins.queue[1] = {"why": "busy", "inQueueSince": 5, "task": {"url": "http://ci/job/a/"}}
    jenkins.queue[2] = {"executable": {"_class": "x", "number": 3, "url": "http://ci/job/a/3/"}, "why": None}
    waiting, runs = [await answered(client.get(f"{API}/queue_info", params={"queueItem": n})) for n in (1, 2)]
    assert waiting["queueItem"] == {"why": "busy", "inQueueSince": 5, "taskUrl": "http://ci/job/a/"}
    assert runs["queueItem"] == jenkins.queue[2]["executable"]
    gone = await refused(client.get(f"{API}/queue_info", params={"queueItem": 3}))
    assert gone == ("NotFoundException", ["queue number[3] does not exist"])


async def cloning(made: Made, jenkins: FakeJenkins, **values: Any) -> dict[str, Any]:
    source = await made.new_test("t", plugin="scylla-cluster-tests")
    jenkins.job(made.job("t"))
    jenkins.job(f"{made.name}/g")
    return {"currentTestId": source, "newName": "copy", "target": made.id, "group": made.group, "advancedSettings": False, **values}


async def test_a_clone_is_a_job_and_a_test(client: httpx.AsyncClient, jenkins: FakeJenkins, made: Made) -> None:
    body = await cloning(made, jenkins, advancedSettings={"gitBranch": "fix", "pipelineFile": "other"})
    answer = await answered(client.post(f"{API}/clone/create", json=body))
    job = f"{made.name}/g/copy"
    assert answer["new_job"]["url"] == f"http://ci/{job}/"
    entity = {
        key: answer["new_entity"][key] for key in ("name", "build_system_id", "build_system_url", "group_id", "release_id", "plugin_name")
    }
    assert entity == {
        "name": "copy",
        "build_system_id": job,
        "build_system_url": f"http://ci/{job}/",
        "group_id": made.group,
        "release_id": made.id,
        "plugin_name": "scylla-cluster-tests",
    }
    settings = await answered(client.get(f"{API}/clone/settings", params={"buildId": job}))
    assert settings == {"gitRepo": "https://github.com/acme/sct", "gitBranch": "fix", "pipelineFile": "other"}
    assert not jenkins.configs[job].startswith("<?xml")
    again = await refused(client.post(f"{API}/clone/create", json=body))
    assert again == ("JenkinsException", [f"job[{job}] already exists"])


async def test_what_cannot_be_cloned(client: httpx.AsyncClient, jenkins: FakeJenkins, made: Made) -> None:
    body = await cloning(made, jenkins, newName="t")
    error, arguments = await refused(client.post(f"{API}/clone/create", json=body))
    assert (error, arguments) == ("JenkinsServiceError", ["Unable to clone: source and destination are the same"])
    del jenkins.jobs[f"{made.name}/g"]
    error, arguments = await refused(client.post(f"{API}/clone/create", json={**body, "newName": "copy"}))
    job = f"{made.name}/g/copy"
    assert (error, arguments) == ("JenkinsException", [f"Cannot create job[{job}] because folder for the job does not exist"])
    error, _ = await refused(client.post(f"{API}/clone/create", json={**body, "group": str(uuid4())}))
    assert error == "DocumentNotFound"


async def test_targets_and_groups_of_a_clone_by_name(client: httpx.AsyncClient, made: Made) -> None:
    test, other = await made.new_test("t"), await made.new_group("a-first")
    targets = (await answered(client.get(f"{API}/clone/targets", params={"testId": test})))["targets"]
    names = [target["pretty_name"] or target["name"] for target in targets]
    assert made.id in {target["id"] for target in targets}
    assert names == sorted(names)
    groups = (await answered(client.get(f"{API}/clone/groups", params={"targetId": made.id})))["groups"]
    assert [group["id"] for group in groups] == [other, made.group]


async def test_settings_that_are_none(client: httpx.AsyncClient, jenkins: FakeJenkins, made: Made) -> None:
    await made.new_test("t", plugin="driver-matrix-tests")
    await made.new_test("free", plugin="generic")
    jenkins.job(made.job("t"), "<flow-definition/>")
    assert await answered(client.get(f"{API}/clone/settings", params={"buildId": made.job("free")})) == {}
    error, _ = await refused(client.get(f"{API}/clone/settings", params={"buildId": made.job("t")}))
    assert error == "JenkinsServiceError"
    change = {"buildId": made.job("t"), "settings": {"colour": "red"}}
    assert await refused(client.post(f"{API}/clone/settings/change", json=change)) == ("KeyError", ["colour"])
    assert await answered(client.post(f"{API}/clone/settings/change", json={**change, "buildId": made.job("free")})) is None
    nothing = {"buildId": made.job("free"), "newSettings": {}}
    assert await answered(client.post(f"{API}/clone/settings/validate", json=nothing)) == {"validated": True, "message": ""}


@pytest.mark.parametrize(
    ("repository", "status", "validated", "message"),
    [
        ("https://github.com/acme/sct", 200, True, ""),
        ("git@github.com:acme/sct.git", 403, True, "No access to this repository using your token. The pipeline file cannot be verified."),
        (
            "https://github.com/acme/sct.git",
            404,
            False,
            'Pipeline file not found in the <a href="https://github.com/acme/sct/tree/b"> target repository</a>, '
            "please check the repository before continuing",
        ),
        ("https://github.com/acme/sct", 500, False, "Generic Error"),
        ("https://example.com/acme/sct", 200, False, "Repository doesn't conform to GitHub schema"),
    ],
)
async def test_advice_on_settings(
    client: httpx.AsyncClient, jenkins: FakeJenkins, made: Made, repository: str, status: int, validated: bool, message: str
) -> None:
    await made.new_test("t", plugin="sirenada")
    jenkins.github = status
    body = {"buildId": made.job("t"), "newSettings": {"gitRepo": repository, "gitBranch": "b", "pipelineFile": "f"}}
    assert await answered(client.post(f"{API}/clone/settings/validate", json=body)) == {"validated": validated, "message": message}


async def test_control_characters_of_a_configuration_are_kept(client: httpx.AsyncClient, jenkins: FakeJenkins, made: Made) -> None:
    text = PIPELINE.replace("<flow-definition>", "<flow-definition><description>&#x1b;[31mred &lt;b&gt; ?&gt; 😀</description>")
    jenkins.job(made.job("t"), text)
    await made.new_test("t", plugin="scylla-cluster-tests")
    body = {"buildId": made.job("t"), "settings": {"gitBranch": "next\x07"}}
    await answered(client.post(f"{API}/clone/settings/change", json=body))
    written = jenkins.configs[made.job("t")]
    assert written.startswith(
        "<?xml version='1.1' encoding='UTF-8'?>\n<flow-definition><description>&#27;[31mred &lt;b&gt; ?&gt; 😀</description>"
    )
    assert "<name>next&#7;</name>" in written
    assert parse_xml(written).findtext("description") == "\x1b[31mred <b> ?> 😀"


def test_a_configuration_that_defines_entities_is_refused() -> None:
    with pytest.raises(JenkinsServiceError, match="cannot be read"):
        parse_xml('<!DOCTYPE x [<!ENTITY a "lol">]><project>&a;</project>')


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://github.com/acme/db", ("acme", "db")),
        ("http://www.GitHub.com/acme-inc/next.js.git", ("acme-inc", "next.js")),
        ("git@github.com:kubernetes-sigs/.github.git", ("kubernetes-sigs", ".github")),
        ("ssh://git@github.com/a/b.c", ("a", "b.c")),
        ("https://github.com/a/b/", None),
        ("https://github.com/a/..", None),
        ("https://github.com/a/...git", None),
        ("https://github.com.example/a/b", None),
        ("https://gitlab.com/a/b", None),
    ],
)
def test_repositories(address: str, place: tuple[str, str] | None) -> None:
    assert parse_repository(address) == place
