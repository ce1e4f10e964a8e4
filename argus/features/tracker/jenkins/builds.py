"""Starting builds, and the form for it (docs/contract/integrations.md#build-parameters; docs/contract/integrations.md#starting-a-build)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from argus.features.tracker.jenkins.configuration import parse_xml
from argus.integrations.jenkins import PARAMETERS_ACTION, Jenkins, JenkinsException
from argus.kit.errors import DataValidationError, JenkinsServiceError, foreseen
from argus.kit.parse import int_of, need
from argus.models.catalogue import ArgusTest
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import select

NO_BUILDS = "#noBuildsAvailable"
REQUESTER = "requested_by_user"
BILLING = "billing_project"
CLUSTER_TESTS = "scylla-cluster-tests"

SOURCES = {
    "scylla_version": ("scylla_version",),
    "scylla_repo": ("scylla_repo",),
    "scylla_image": ("scylla_ami_id", "gce_image_db", "azure_image_db", "oci_image_db"),
    "rolling_upgrade": ("new_scylla_repo",),
    "scylla_byo": ("byo_scylla_repo",),
}
"""Families of parameters that say which version is tested; a build has exactly one."""


async def parameters(runtime: Runtime, body: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The form of a build: parameters with values of an earlier build or the job's defaults.

    Raises:
        KeyError: the body misses a key, or Jenkins is not configured.
        JenkinsServiceError: `#noBuildsAvailable`.
        JenkinsException: Jenkins refuses or does not answer.
    """
    job, number = need(body, "buildId"), need(body, "buildNumber")
    jenkins = Jenkins(runtime)
    info = await jenkins.job_info(job)
    config = parse_xml(await jenkins.job_config(job))
    values = _defaults(info) if body.get("fromDefaults") else await _values(jenkins, job, info, number)
    described, choices = _descriptions(config), _choices(config)
    shown = [parameter for parameter in values if parameter["name"] != REQUESTER]
    return {"parameters": [_field(parameter, described, choices) for parameter in shown]}


async def _values(jenkins: Jenkins, job: str, info: Mapping[str, Any], number: Any) -> list[dict[str, Any]]:
    if number:
        build = await jenkins.build_info(job, int_of(number))
    else:
        try:
            build = await jenkins.build_info(job, info["nextBuildNumber"] - 1)
        except (KeyError, JenkinsException):
            raise JenkinsServiceError(NO_BUILDS) from None
    action = next((a for a in build.get("actions", []) if a.get("_class") == PARAMETERS_ACTION), None)
    return _defaults(info) if action is None else [dict(parameter) for parameter in action["parameters"]]


def _defaults(info: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for definition in _definitions(info):
        value = (definition.get("defaultParameterValue") or {}).get("value", "")
        found.append({"name": definition["name"], "value": "" if definition["name"] == BILLING else value})
    return found


def _definitions(info: Mapping[str, Any]) -> list[dict[str, Any]]:
    for entry in info.get("property", []):
        if entry.get("_class") == "hudson.model.ParametersDefinitionProperty":
            return list(entry.get("parameterDefinitions", []))
    return []


def _descriptions(config: ElementTree.Element) -> dict[str, str]:
    definitions = config.find("./*//parameterDefinitions")
    found = {}
    for definition in definitions.findall("hudson.model.StringParameterDefinition") if definitions is not None else ():
        default = definition.findtext("defaultValue")
        text = definition.findtext("description") or ""
        found[definition.findtext("name") or ""] = f'{text} (default: <span class="fw-bold">{default}</span>)' if default else ""
    return found


def _choices(config: ElementTree.Element) -> dict[str, list[str]]:
    found = {}
    for definition in config.iter("hudson.model.ChoiceParameterDefinition"):
        choices = definition.find("choices")
        found[definition.findtext("name") or ""] = [s.text or "" for s in choices.iter("string")] if choices is not None else []
    return found


def _field(parameter: dict[str, Any], described: Mapping[str, str], choices: Mapping[str, list[str]]) -> dict[str, Any]:
    name = parameter["name"]
    shown = {**parameter, "description": described.get(name, "")}
    if name not in choices:
        return shown
    offered = choices[name]
    if name == BILLING:  # nobody is billed by accident
        offered = offered if "" in offered else ["", *offered]
        fallback: Any = ""
    else:
        fallback = offered[0] if offered else shown.get("value")
    return {**shown, "choices": offered, "value": shown.get("value") if shown.get("value") in offered else fallback}


async def build(runtime: Runtime, user: User, body: Mapping[str, Any]) -> dict[str, int]:
    """Start a build.

    Raises:
        KeyError: the body misses a key, or Jenkins is not configured.
        DataValidationError: a cluster test with no source of its version, or several.
        JenkinsException: Jenkins refuses or does not answer.
    """
    job, given = need(body, "buildId"), need(body, "parameters")
    test = await runtime.store.first(select(ArgusTest).where(build_system_id=job))
    if test is not None and test.plugin_name == CLUSTER_TESTS:
        check_version_source(given)
    jenkins = Jenkins(runtime)
    answer = {"queueItem": await _start(jenkins, user, job, given)}
    if body.get("includeBuildNumber") and (number := await _next_number(jenkins, job)):
        answer["nextBuildNumber"] = number
    return answer


async def build_clone(runtime: Runtime, user: User, body: Mapping[str, Any]) -> dict[str, int]:
    """Start a build of a cloned job, whatever its parameters.

    Raises:
        KeyError, JenkinsException: as `build`.
    """
    job, given = need(body, "buildId"), need(body, "parameters")
    return {"queueItem": await _start(Jenkins(runtime), user, job, given)}


async def _start(jenkins: Jenkins, user: User, job: str, given: Mapping[str, Any]) -> int:
    return await jenkins.build_job(job, {**given, REQUESTER: (user.email or "").split("@")[0]})


async def _next_number(jenkins: Jenkins, job: str) -> int | None:
    try:
        number = (await jenkins.job_info(job)).get("nextBuildNumber")
    except JenkinsException:
        return None
    return number if isinstance(number, int) and number > 0 else None


def check_version_source(given: Mapping[str, Any]) -> None:
    """Exactly one family of `SOURCES` is set.

    Raises:
        DataValidationError
    """
    chosen = [family for family, names in SOURCES.items() if any(str(given.get(name) or "").strip() for name in names)]
    if not chosen:
        raise DataValidationError(f"A Scylla version source must be set: one of {', '.join(_flat(SOURCES.values()))}.")
    if len(chosen) > 1:
        raise DataValidationError(f"Only one Scylla version source may be set, but multiple were provided: {', '.join(chosen)}.")


def _flat(families: Any) -> Sequence[str]:
    return [name for names in families for name in names]


async def queue_info(runtime: Runtime, number: str | None) -> dict[str, Any]:
    """Where a queued build stands: its build once it runs, else why it waits.

    It is told twice: web pages read `queueItem`, the command-line client the answer itself (docs/contract/testrun.md#jenkins).

    Raises:
        Exception: no number.
        ValueError: a malformed one.
        KeyError, JenkinsException: as `build`.
    """
    if not number:
        raise foreseen(Exception("No queueItem provided"))
    wanted = int_of(number)
    item = await Jenkins(runtime).queue_item(wanted)
    waiting = {"why": item.get("why"), "inQueueSince": item.get("inQueueSince"), "taskUrl": (item.get("task") or {}).get("url")}
    found = item.get("executable") or waiting
    return {**found, "queueItem": found}
